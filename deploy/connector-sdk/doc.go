// Package connectorsdk tests the project that package.sh writes: a Connector
// SDK project in Python, which any Fivetran account can deploy, with this
// project's server inside.
//
// The tests write the project, start it as Fivetran's platform starts one, with
// a stand-in for the SDK (testdata/standin) and the real server, and drive it as
// Fivetran would. What comes out must be what the connector itself sends.
package connectorsdk
