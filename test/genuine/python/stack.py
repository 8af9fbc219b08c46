"""Makes the resources of a CloudFormation template through each service's own API,
reads each back, and says where what is there is not what the template says.

    stack.py TEMPLATE ENDPOINT PARAMETERS ONLY

PARAMETERS are values of the template's, as JSON, and what resources are called that
are there already; ONLY is a type's beginning, such as
AWS::Glue, or nothing. The code's bucket is made where it is missing. Standard output
is JSON: what each resource is called, by its name in the template and attribute, and
the differences, which must be none.
"""

import base64
import json
import re
import sys

import boto3
import yaml

template, endpoint, given, only = sys.argv[1:]
REGION, ACCOUNT = "us-east-1", "123456789012"


class Loader(yaml.SafeLoader):
    """Reads !Ref and its like as {"Ref": …}."""


def tagged(loader, suffix, node):
    value = {
        yaml.ScalarNode: lambda: loader.construct_scalar(node),
        yaml.SequenceNode: lambda: loader.construct_sequence(node, deep=True),
        yaml.MappingNode: lambda: loader.construct_mapping(node, deep=True),
    }[type(node)]()
    return {suffix if suffix in ("Ref", "Condition") else "Fn::" + suffix: value}


Loader.add_multi_constructor("!", tagged)
with open(template, encoding="utf-8") as file:
    document = yaml.load(file, Loader)

names = {
    "AWS::AccountId": {"Ref": ACCOUNT}, "AWS::Region": {"Ref": REGION}, "AWS::StackName": {"Ref": "intercom"},
    "AWS::Partition": {"Ref": "aws"}, "AWS::NoValue": {"Ref": None},
}
names |= {name: {"Ref": str(parameter.get("Default"))} for name, parameter in document["Parameters"].items()}
names |= {name: {"Ref": value} for name, value in json.loads(given).items()}


class Missing(Exception):
    """Names a resource that is not made yet."""


def get(name, attribute="Ref"):
    if name not in names:
        raise Missing(name)
    return names[name][attribute]


def substituted(text, more):
    def one(match):
        name, _, attribute = match[1].partition(".")
        return f"${{{name[1:]}}}" if name[0] == "!" else more.get(name) or get(name, attribute or "Ref")
    return re.sub(r"\$\{([^}]+)\}", one, text)


def resolved(value):
    """The value without intrinsic functions; None is left out of what holds it."""
    if isinstance(value, list):
        return [r for r in map(resolved, value) if r is not None]
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        return {k: r for k, v in value.items() if (r := resolved(v)) is not None}
    (function, argument), = value.items()
    match function:
        case "Ref":
            return get(argument)
        case "Condition":
            return condition(argument)
        case "Fn::GetAtt":
            return get(*(argument if isinstance(argument, list) else argument.split(".")))
        case "Fn::Sub":
            text, more = argument if isinstance(argument, list) else (argument, {})
            return substituted(text, resolved(more))
        case "Fn::Base64":
            return base64.b64encode(resolved(argument).encode()).decode()
        case "Fn::If":
            return resolved(argument[1 if condition(argument[0]) else 2])
        case "Fn::Equals":
            a, b = map(resolved, argument)
            return a == b
        case "Fn::Not":
            return not resolved(argument[0])
        case "Fn::Or":
            return any(map(resolved, argument))
        case "Fn::And":
            return all(map(resolved, argument))
    return {k: r for k, v in value.items() if (r := resolved(v)) is not None}


def condition(name):
    return resolved(document["Conditions"][name])


def api(service):
    return boto3.client(service, region_name=REGION, endpoint_url=endpoint)


def renamed(p, **to):
    """Properties under the names that the API has for them."""
    return {to.get(k, k): v for k, v in p.items() if to.get(k, k)}


# Each maker makes a resource and returns what it is called and how to read it back:
# pairs of what the template says and a question whose answer must hold it.


def bucket(name, p):
    s3, called = api("s3"), {"Bucket": name}
    s3.create_bucket(**called)
    s3.put_bucket_versioning(**called, VersioningConfiguration=p["VersioningConfiguration"])
    s3.put_bucket_ownership_controls(**called, OwnershipControls=p["OwnershipControls"])
    s3.put_public_access_block(**called, PublicAccessBlockConfiguration=p["PublicAccessBlockConfiguration"])
    encryption = {"Rules": [renamed(r, ServerSideEncryptionByDefault="ApplyServerSideEncryptionByDefault")
                            for r in p["BucketEncryption"]["ServerSideEncryptionConfiguration"]]}
    for rule in encryption["Rules"]:
        rule["ApplyServerSideEncryptionByDefault"] = renamed(rule["ApplyServerSideEncryptionByDefault"])
    s3.put_bucket_encryption(**called, ServerSideEncryptionConfiguration=encryption)
    rules = []
    for r in p["LifecycleConfiguration"]["Rules"]:
        r = dict(r, Filter={"Prefix": r.pop("Prefix", "")})
        expiration = {}
        if "ExpirationInDays" in r:
            expiration["Days"] = int(r.pop("ExpirationInDays"))
        if "ExpiredObjectDeleteMarker" in r:
            expiration["ExpiredObjectDeleteMarker"] = r.pop("ExpiredObjectDeleteMarker")
        if expiration:
            r["Expiration"] = expiration
        if "NoncurrentVersionExpiration" in r:
            r["NoncurrentVersionExpiration"] = {"NoncurrentDays": int(r["NoncurrentVersionExpiration"]["NoncurrentDays"])}
        rules.append(renamed(r, Id="ID"))
    s3.put_bucket_lifecycle_configuration(**called, LifecycleConfiguration={"Rules": rules})
    return {"Ref": name, "Arn": f"arn:aws:s3:::{name}"}, [
        (p["VersioningConfiguration"], lambda: s3.get_bucket_versioning(**called)),
        (p["OwnershipControls"], lambda: s3.get_bucket_ownership_controls(**called)["OwnershipControls"]),
        (p["PublicAccessBlockConfiguration"], lambda: s3.get_public_access_block(**called)["PublicAccessBlockConfiguration"]),
        (encryption, lambda: s3.get_bucket_encryption(**called)["ServerSideEncryptionConfiguration"]),
        ({"Rules": rules}, lambda: s3.get_bucket_lifecycle_configuration(**called)),
    ]


def bucket_policy(name, p):
    s3 = api("s3")
    s3.put_bucket_policy(Bucket=p["Bucket"], Policy=json.dumps(p["PolicyDocument"]))
    return {"Ref": name}, [(p["PolicyDocument"], lambda: json.loads(s3.get_bucket_policy(Bucket=p["Bucket"])["Policy"]))]


def secret(name, p):
    secrets = api("secretsmanager")
    arn = secrets.create_secret(Name=name, **p)["ARN"]
    return {"Ref": arn}, [
        (renamed(p, SecretString=None), lambda: secrets.describe_secret(SecretId=arn)),
        ({"SecretString": p["SecretString"]} if "SecretString" in p else {}, lambda: secrets.get_secret_value(SecretId=arn)),
    ]


def log_group(name, p):
    logs = api("logs")
    logs.create_log_group(**{k[0].lower() + k[1:]: v for k, v in p.items() if k in ("LogGroupName", "KmsKeyId")})
    logs.put_retention_policy(logGroupName=p["LogGroupName"], retentionInDays=int(p["RetentionInDays"]))
    return {"Ref": p["LogGroupName"], "Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{p['LogGroupName']}:*"}, [
        ({k[0].lower() + k[1:]: v for k, v in p.items()},
         lambda: logs.describe_log_groups(logGroupNamePrefix=p["LogGroupName"])["logGroups"][0])]


def queue(name, p):
    sqs = api("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={k: str(v).lower() for k, v in p.items()})["QueueUrl"]
    return {"Ref": url, "QueueName": name, "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"}, [
        (p, lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])]


def role(name, p):
    iam = api("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(p["AssumeRolePolicyDocument"]))["Role"]["Arn"]
    back = [(p["AssumeRolePolicyDocument"], lambda: iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])]
    for policy in p.get("Policies", []):
        back += role_policy(name, dict(policy, RoleName=name))[1]
    return {"Ref": name, "Arn": arn}, back


def role_policy(name, p):
    iam, called = api("iam"), {"RoleName": p["RoleName"], "PolicyName": p["PolicyName"]}
    iam.put_role_policy(**called, PolicyDocument=json.dumps(p["PolicyDocument"]))
    return {"Ref": name}, [(p["PolicyDocument"], lambda: iam.get_role_policy(**called)["PolicyDocument"])]


def function(name, p):
    aws = api("lambda")
    p = dict(p, MemorySize=int(p["MemorySize"]), Timeout=int(p["Timeout"]))
    reserved = p.pop("ReservedConcurrentExecutions", None)
    # What this Lambda does not know: whether a function may invoke itself, and where it logs.
    p.pop("RecursiveLoop")
    arn = aws.create_function(FunctionName=name, **p)["FunctionArn"]
    back = [(renamed(p, Code=None, LoggingConfig=None), lambda: aws.get_function_configuration(FunctionName=name))]
    if reserved is not None:
        aws.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
        back.append(({"ReservedConcurrentExecutions": reserved}, lambda: aws.get_function_concurrency(FunctionName=name)))
    return {"Ref": name, "Arn": arn}, back


def version(name, p):
    """Held against the call alone: this Lambda does not compare the code's hash."""
    aws = api("lambda")
    arn = aws.publish_version(**p)["FunctionArn"]
    return {"Ref": arn}, [({"FunctionName": p["FunctionName"]}, lambda: aws.get_function_configuration(FunctionName=arn))]


def deliveries(name, p):
    aws = api("lambda")
    aws.put_function_event_invoke_config(**p)
    return {"Ref": name}, [
        (renamed(p, FunctionName=None, Qualifier=None), lambda: aws.get_function_event_invoke_config(FunctionName=p["FunctionName"], Qualifier=p["Qualifier"]))]


def schedule(name, p):
    scheduler = api("scheduler")
    scheduler.create_schedule(Name=name, **p)
    return {"Ref": name}, [(p, lambda: scheduler.get_schedule(Name=name))]


def topic(name, p):
    sns = api("sns")
    arn = sns.create_topic(Name=name, Attributes={k: str(v) for k, v in p.items()})["TopicArn"]
    return {"Ref": arn}, [(p, lambda: sns.get_topic_attributes(TopicArn=arn)["Attributes"])]


def subscription(name, p):
    sns = api("sns")
    arn = sns.subscribe(**p, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return {"Ref": arn}, [(p, lambda: sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])]


def alarm(name, p):
    cloudwatch = api("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=name, **p)
    return {"Ref": name}, [(p, lambda: cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0])]


def work_group(name, p):
    athena = api("athena")
    configuration = dict(p["WorkGroupConfiguration"], BytesScannedCutoffPerQuery=int(p["WorkGroupConfiguration"]["BytesScannedCutoffPerQuery"]))
    athena.create_work_group(Name=p["Name"], Description=p["Description"], Configuration=configuration)
    return {"Ref": p["Name"]}, [
        ({"Name": p["Name"], "Description": p["Description"], "Configuration": configuration},
         lambda: athena.get_work_group(WorkGroup=p["Name"])["WorkGroup"])]


def named_query(name, p):
    athena = api("athena")
    made = athena.create_named_query(**p)["NamedQueryId"]
    return {"Ref": made}, [(p, lambda: athena.get_named_query(NamedQueryId=made)["NamedQuery"])]


def database(name, p):
    glue, called = api("glue"), p["DatabaseInput"]["Name"]
    glue.create_database(**p)
    return {"Ref": called}, [(p["DatabaseInput"], lambda: glue.get_database(Name=called)["Database"])]


def table(name, p):
    glue, called = api("glue"), {"DatabaseName": p["DatabaseName"], "Name": p["TableInput"]["Name"]}
    glue.create_table(**p)
    return {"Ref": called["Name"]}, [(p["TableInput"], lambda: glue.get_table(**called)["Table"])]


MAKERS = {
    "AWS::S3::Bucket": bucket, "AWS::S3::BucketPolicy": bucket_policy, "AWS::SecretsManager::Secret": secret,
    "AWS::Logs::LogGroup": log_group, "AWS::SQS::Queue": queue, "AWS::IAM::Role": role, "AWS::IAM::RolePolicy": role_policy,
    "AWS::Lambda::Function": function, "AWS::Lambda::Version": version,
    "AWS::Lambda::EventInvokeConfig": deliveries, "AWS::Scheduler::Schedule": schedule,
    "AWS::SNS::Topic": topic, "AWS::SNS::Subscription": subscription, "AWS::CloudWatch::Alarm": alarm,
    "AWS::Athena::WorkGroup": work_group, "AWS::Athena::NamedQuery": named_query, "AWS::Glue::Database": database, "AWS::Glue::Table": table,
}


def differences(want, got, path):
    """What of want is not in got. A service may know more, and write numbers and truth as text."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key, value in want.items():
            if key not in got:
                yield f"{path}.{key} is not there"
            else:
                yield from differences(value, got[key], f"{path}.{key}")
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, (one, other) in enumerate(zip(want, got)):
            yield from differences(one, other, f"{path}[{i}]")
    elif isinstance(want, (dict, list)) or isinstance(got, (dict, list)):
        yield f"{path} is {got!r}, not {want!r}"
    elif written(want) != written(got):
        yield f"{path} is {got!r}, not {want!r}"


def written(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value in ("True", "False"):
        return value.lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def main():
    code = names["CodeBucket"]["Ref"]
    if not only and code not in [b["Name"] for b in api("s3").list_buckets()["Buckets"]]:
        api("s3").create_bucket(Bucket=code)
        api("s3").put_object(Bucket=code, Key=names["CodeKey"]["Ref"], Body=b"PK\x05\x06" + bytes(18))
    left = {name: r for name, r in document["Resources"].items()
            if r["Type"].startswith(only) and ("Condition" not in r or condition(r["Condition"]))}
    made, back = {}, []
    while left:
        before = len(left)
        for name, resource in list(left.items()):
            depends = resource.get("DependsOn", [])
            try:
                for other in [depends] if isinstance(depends, str) else depends:
                    if other in left:
                        raise Missing(other)
                properties = resolved(resource.get("Properties", {}))
            except Missing as missing:
                if missing.args[0] not in document["Resources"] or only and missing.args[0] not in left:
                    raise
                continue
            names[name], questions = MAKERS[resource["Type"]](f"intercom-{name}".lower() if resource["Type"] == "AWS::S3::Bucket" else f"intercom-{name}", properties)
            made[name] = dict(names[name], Type=resource["Type"])
            back += [(name, *q) for q in questions]
            del left[name]
        if len(left) == before:
            raise SystemExit(f"these wait for each other: {sorted(left)}")
    found = [d for name, want, question in back for d in differences(want, question(), name)]
    json.dump({"resources": made, "differences": found}, sys.stdout)


main()
