package lake

// SetMaxPart makes parts end at so many bytes before compression.
func (t *TableWriter) SetMaxPart(n int64) { t.maxPart = n }
