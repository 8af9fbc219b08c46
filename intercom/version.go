package intercom

// APIVersion is the Intercom API version that every call asks for by its
// Intercom-Version header. The reporting export exists since 2.14, and since
// 2.16 its conversation dataset holds every conversation and its attributes
// come with a qualified id.
const APIVersion = "2.16"

// Version is the connector's own version, as its user agent tells Intercom.
const Version = "0.1.0"
