// Package genuine tests the connector and the operator with the real tools that
// people use them with.
//
// Its tests have the build tag genuine, since they need Python, Maven, chromium and
// package registries, and `go test ./...` needs Go and a C compiler only. `make genuine`
// runs them, and .ci/run calls that. Nothing is skipped: what is missing fails.
//
//   - athena_test.go: Trino, on which Athena is built, reads a lake through the
//     template's tables and views, in the Glue of aws_test.go. It takes longest, and
//     tests begin in the order of their files' names.
//   - sdk2_test.go: the Connector SDK's second generation runs the project of
//     deploy/connector-sdk as Fivetran does.
//   - failing_program_test.go: what a call says when the program in it fails.
//   - sdk3_test.go: the third generation's open package runs it. Its core is
//     proprietary and not here: python/fivetran_connector_sdk_core stands in.
//   - package_test.go: what `fivetran package` makes of the project.
//   - cfn_lint_test.go: cfn-lint checks deploy/operator.yaml.
//   - checkov_test.go: checkov looks for what is unsafe in it, and every finding that
//     stays has its reason.
//   - stack_test.go: moto's services take each resource of it, and the function runs
//     with exactly the rights of its role.
//   - axe_test.go: axe, in chromium, judges the page of `debug report`, in light and dark,
//     on a phone and wide.
//   - dbt_test.go: dbt builds and documents deploy/dbt on the demo's warehouse, and
//     tests its sources on a lake.
//
// venv.sh makes the virtual environments, of exactly the packages in
// requirements/, and trino.sh the server, each with its checksum.
package genuine
