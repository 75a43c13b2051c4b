package buoyqueue_test

func work(string) int { return 1 }
