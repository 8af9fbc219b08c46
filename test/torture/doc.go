// Package torture holds the tests of what the connector does
// when everything around it goes wrong.
//
// Each file is one kind of fault. matrix_test.go spoils every call of a
// sync in every way that faults_test.go knows, one at a time; storm_test.go
// many at once, over the weeks of a workspace's life. cancel_test.go takes the
// client away at every moment, hold_test.go lets it read slowly or not at all.
// hostile_test.go answers as a hostile server would. kill_test.go kills the
// real processes, load_test.go gives one of them fifty syncs at once.
//
// The tests run in a short form with all others; with the flag -torture (make
// torture) they run in full and print their figures.
package torture
