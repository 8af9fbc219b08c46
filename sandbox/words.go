package sandbox

// label is an enum's value in each language of languages.
type label [2]string

// The places of the languages in a label.
const (
	english = iota
	spanish
)

var (
	channels = []label{
		{"Chat", "Chat"},
		{"Email", "Correo electrónico"},
		{"WhatsApp", "WhatsApp"},
		{"Phone", "Teléfono"},
		{"Instagram", "Instagram"},
	}
	channelShares = []int64{52, 27, 11, 7, 3}

	starters      = []label{{"User", "Usuario"}, {"Teammate", "Compañero"}, {"Workflow", "Flujo de trabajo"}}
	starterShares = []int64{80, 12, 8}

	languages      = []string{"en", "es", "de", "pt-BR", "ja"}
	languageShares = []int64{55, 20, 12, 9, 4}

	ratingShares = []int64{8, 5, 9, 25, 53}

	stateOpen    = label{"Open", "Abierta"}
	stateSnoozed = label{"Snoozed", "Pospuesta"}
	stateClosed  = label{"Closed", "Cerrada"}
	yes          = label{"true", "true"}
	no           = label{"false", "false"}

	agentHuman = label{"Teammate", "Compañero"}
	agentFin   = label{"Fin AI Agent", "Agente de IA Fin"}
	slaHit     = label{"Hit", "Toque"}
	slaMissed  = label{"Missed", "Fallado"}
	slaActive  = label{"Active", "Activo"}
)

const (
	byPhone    = 3 // channels
	byTeammate = 1 // starters
)

var (
	teams  = []string{"Support", "Billing", "Success", "Tier 2, Platform", "Soporte España", "Onboarding"}
	brands = []string{"Northlight", "Südwind", "Harbor & Co.", "Ōkami"}
	plans  = []string{"Free", "Starter", "Growth", "Enterprise"}
	tagged = []string{"bug", "refund", "vip", "feature request", "how-to", "spam", "churn risk", "beta, wave 2"}
	topics = []string{"Billing", "Login", "Data export", "Integrations", "Mobile app", "Shipping", "API, webhooks"}

	// Made-up display names. Two pairs are namesakes, as happens.
	teammates = []string{
		"Hazel Brook", "Rowan Ash", "Ivy Stone", "Reed Marsh", "Jasper Lake", "Linden Größe",
		"Hazel Brook", "Sørøya Fjäll", "Sage Meadow", "Aspen Ridge", "Olive O'Heath", "Juniper Vale",
		"Rowan Ash", "Flint Harbor", "Wren Hollow", "桜 Sakura",
	}

	ticketTypes  = []string{"Bug report", "Refund request", "Data request (GDPR)"}
	ticketStates = []string{"Submitted", "In progress", "Waiting on customer", "In progress", "Resolved"}

	ticketCategories = []label{
		{"Submitted", "Enviado"},
		{"In progress", "En curso"},
		{"Waiting on customer", "A la espera del cliente"},
		{"In progress", "En curso"},
		{"Resolved", "Resuelto"},
	}

	phrases = []string{
		"The export stops at row 10,000",
		"Invoice \"2024-17\" was charged twice",
		"Hello,\n\nthe login page stays blank",
		"Thanks, that solved it 🎉",
		"Could you send the VAT receipt, please?",
		"Die Größe stimmt nicht; bitte prüfen",
		"He said \"try again\", but nothing changed",
		"¿Pueden ayudarme con la contraseña?",
		"The webhook, the API and the app disagree",
		"注文番号が見つかりません",
		"It works on mobile, not on desktop 🤔",
		"Please cancel:\n- seat 1\n- seat 2",
		"=SUM(A1:A3) appears as text",
		"Refund arrived",
	}

	given = []string{
		"Hazel", "Rowan", "Ivy", "Reed", "Jasper", "Linden", "Wren", "Sage", "Aspen", "Olive", "Juniper", "Flint",
		"Maple", "Clover", "Élan", "Ōka", "Fern", "Basil", "Coral", "Iris",
	}
	family = []string{
		"Brook", "Ash", "Stone", "Marsh", "Lake", "Größe", "Fjäll", "Meadow", "Ridge", "O'Heath", "Vale", "Harbor",
		"Hollow", "Field", "Ñandú", "Moss", "Cliff", "Reef", "Dune", "Grove",
	}
	trades    = []string{"Foundry", "Mill", "Bakery, Ltd.", "Press", "Works GmbH", "\"Quiet\" Studio", "Logistics", "Labs"}
	countries = []string{"US", "DE", "ES", "BR", "JP", "GB", "FR"}
	regions   = []string{"NA", "EU", "EU", "SA", "AS", "EU", "EU"}
)

// namesake returns the other teammate of the same display name.
func namesake(of uint8) (uint8, bool) {
	for i, name := range teammates {
		if uint8(i) != of && name == teammates[of] {
			return uint8(i), true
		}
	}
	return 0, false
}

// teamMate draws somebody of a team.
func teamMate(team uint8, draw *random) uint8 {
	return uint8((int64(team)*3 + draw.below(6)) % int64(len(teammates)))
}

// teammateID is the numeric id behind a display name.
func teammateID(mate uint8) int64 { return 6_814_000 + 37*int64(mate) }

// teamID is the numeric id behind a team's name.
func teamID(team uint8) int64 { return 7_330_100 + 11*int64(team) }
