package torture

func removeBuilt() {}
