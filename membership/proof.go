package membership

import (
	"fmt"
	"slices"
)

// Proof is the evidence that a list was read whole.
type Proof struct {
	List   string `json:"list"`   // what was read: "contacts", or "segment" and its id
	Walked int    `json:"walked"` // different ids met
	Before int    `json:"before"` // Intercom's count when reading began
	After  int    `json:"after"`  // and when it ended
}

// Holds reports whether what was met agrees with Intercom's count, given what
// changed meanwhile and that counts lag: within the difference of the two
// counts, and ten or half a percent.
func (p Proof) Holds() bool {
	return abs(p.Walked-p.After) <= abs(p.After-p.Before)+max(10, p.After/200)
}

// String says it for people.
func (p Proof) String() string {
	return fmt.Sprintf("%s: met %d, Intercom counted %d before and %d after", p.List, p.Walked, p.Before, p.After)
}

func abs(n int) int { return max(n, -n) }

// unproven returns those that do not hold.
func unproven(proofs ...Proof) []Proof {
	return slices.DeleteFunc(proofs, Proof.Holds)
}
