//go:build !race

package membership_test

// cuts is how many walks TestCutAnywhere plays.
const cuts = 8

// troubled is how many contacts TestEveryTroubleAtOnce walks over.
const troubled = 5_000
