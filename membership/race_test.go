//go:build race

package membership_test

// cuts is how many walks TestCutAnywhere plays: the race detector makes each six
// times as slow.
const cuts = 2

// troubled is how many contacts TestEveryTroubleAtOnce walks over.
const troubled = 2_000
