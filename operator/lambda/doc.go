// Package lambda is the operator as an AWS Lambda function.
//
// An event asks for today's snapshot. A function lives for fifteen minutes at
// most: when its time is nearly over it leaves what it has read in the lake
// and invokes itself to go on, see [operator.Take]. Events may come twice, and
// at the same time: the lake's lock lets one do the work, and a day that is
// published is left alone. So an event is only a reminder; what there is to do
// is written in the lake.
//
// Where it is told which, it then lands the exports, from where the last
// invocation stopped, over as many turns as they take; each begins with the day's
// snapshot, should a new day have come.
//
// The function is configured by its environment, see [Config]. The token comes
// from Secrets Manager, is kept for the life of the process and is written
// nowhere. Metrics go to the standard output in CloudWatch's embedded metric
// format.
package lambda
