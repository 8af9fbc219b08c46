package wire

// unparsed gathers the texts of one row that did not fit, as a JSON object.
type unparsed struct {
	json []byte
}

// add takes the text of a column. It must be valid UTF-8.
func (u *unparsed) add(c *column, text []byte) {
	if len(u.json) == 0 {
		u.json = append(u.json, '{')
	} else {
		u.json[len(u.json)-1] = ','
	}
	u.json = append(u.json, c.quoted...)
	u.json = append(appendJSONString(u.json, text), '}')
}

const hexDigits = "0123456789abcdef"

// appendJSONString appends text, which is valid UTF-8, as a JSON string.
func appendJSONString(out, text []byte) []byte {
	out = append(out, '"')
	kept := 0
	for i, b := range text {
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		out = append(out, text[kept:i]...)
		kept = i + 1
		switch b {
		case '"', '\\':
			out = append(out, '\\', b)
		case '\n':
			out = append(out, '\\', 'n')
		case '\r':
			out = append(out, '\\', 'r')
		case '\t':
			out = append(out, '\\', 't')
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&0xf])
		}
	}
	return append(append(out, text[kept:]...), '"')
}
