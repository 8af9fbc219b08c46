package conversation

import "intercom-connector/sandbox/random"

// Label is an enum's value in each language of languages.
type Label [2]string

// The places of the languages in a label.
const (
	English = iota
	Spanish
)

var (
	Channels = []Label{
		{"Chat", "Chat"},
		{"Email", "Correo electrónico"},
		{"WhatsApp", "WhatsApp"},
		{"Phone", "Teléfono"},
		{"Instagram", "Instagram"},
	}
	channelShares = []int64{52, 27, 11, 7, 3}

	Starters      = []Label{{"User", "Usuario"}, {"Teammate", "Compañero"}, {"Workflow", "Flujo de trabajo"}}
	starterShares = []int64{80, 12, 8}

	Languages      = []string{"en", "es", "de", "pt-BR", "ja"}
	languageShares = []int64{55, 20, 12, 9, 4}

	StateOpen    = Label{"Open", "Abierta"}
	StateSnoozed = Label{"Snoozed", "Pospuesta"}
	StateClosed  = Label{"Closed", "Cerrada"}
	Yes          = Label{"true", "true"}
	No           = Label{"false", "false"}

	AgentHuman = Label{"Teammate", "Compañero"}
	AgentFin   = Label{"Fin AI Agent", "Agente de IA Fin"}
	SlaHit     = Label{"Hit", "Toque"}
	SlaMissed  = Label{"Missed", "Fallado"}
	SlaActive  = Label{"Active", "Activo"}
)

const (
	byPhone    = 3 // channels
	byTeammate = 1 // starters
)

var (
	Teams  = []string{"Support", "Billing", "Success", "Tier 2, Platform", "Soporte España", "Onboarding"}
	Brands = []string{"Northlight", "Südwind", "Harbor & Co.", "Ōkami"}
	Topics = []string{"Billing", "Login", "Data export", "Integrations", "Mobile app", "Shipping", "API, webhooks"}

	// Made-up display names. Two pairs are namesakes, as happens.
	Teammates = []string{
		"Hazel Brook", "Rowan Ash", "Ivy Stone", "Reed Marsh", "Jasper Lake", "Linden Größe",
		"Hazel Brook", "Sørøya Fjäll", "Sage Meadow", "Aspen Ridge", "Olive O'Heath", "Juniper Vale",
		"Rowan Ash", "Flint Harbor", "Wren Hollow", "桜 Sakura",
	}

	TicketTypes  = []string{"Bug report", "Refund request", "Data request (GDPR)"}
	TicketStates = []string{"Submitted", "In progress", "Waiting on customer", "In progress", "Resolved"}

	TicketCategories = []Label{
		{"Submitted", "Enviado"},
		{"In progress", "En curso"},
		{"Waiting on customer", "A la espera del cliente"},
		{"In progress", "En curso"},
		{"Resolved", "Resuelto"},
	}

	Countries = []string{"US", "DE", "ES", "BR", "JP", "GB", "FR"}
	Regions   = []string{"NA", "EU", "EU", "SA", "AS", "EU", "EU"}
)

// namesake returns the other teammate of the same display name.
func namesake(of uint8) (uint8, bool) {
	for i, name := range Teammates {
		if uint8(i) != of && name == Teammates[of] {
			return uint8(i), true
		}
	}
	return 0, false
}

// teamMate draws somebody of a team.
func teamMate(team uint8, draw *random.Source) uint8 {
	return uint8((int64(team)*3 + draw.Below(6)) % int64(len(Teammates)))
}

// TeammateID is the numeric id behind a display name.
func TeammateID(mate uint8) int64 { return 6_814_000 + 37*int64(mate) }

// TeamID is the numeric id behind a team's name.
func TeamID(team uint8) int64 { return 7_330_100 + 11*int64(team) }
