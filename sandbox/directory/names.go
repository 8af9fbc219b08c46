package directory

// Made-up names and texts.
var (
	Plans  = []string{"Free", "Starter", "Growth", "Enterprise"}
	Tagged = []string{"bug", "refund", "vip", "feature request", "how-to", "spam", "churn risk", "beta, wave 2"}

	Phrases = []string{
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
	Trades = []string{"Foundry", "Mill", "Bakery, Ltd.", "Press", "Works GmbH", "\"Quiet\" Studio", "Logistics", "Labs"}
)
