"""Prints the credentials of a role, and has moto refuse from here on what no policy
allows.

    assume.py ENDPOINT ROLE
"""

import json
import sys
import urllib.request

import boto3

endpoint, role = sys.argv[1:]

# Of S3 alone moto knows which resource is asked for; elsewhere it is always "*". And
# it asks for the operation, Invoke, where the right is called InvokeFunction.
iam = boto3.client("iam", region_name="us-east-1", endpoint_url=endpoint)
sts = boto3.client("sts", region_name="us-east-1", endpoint_url=endpoint)
name = role.split("/")[-1]
for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    for statement in document["Statement"]:
        if not str(statement["Action"]).lstrip("['").startswith("s3:"):
            statement["Resource"] = "*"
        if statement["Action"] == "lambda:InvokeFunction":
            statement["Action"] = "lambda:Invoke"
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
made = sts.assume_role(RoleArn=role, RoleSessionName="function")["Credentials"]
print(f"AWS_ACCESS_KEY_ID={made['AccessKeyId']}")
print(f"AWS_SECRET_ACCESS_KEY={made['SecretAccessKey']}")
print(f"AWS_SESSION_TOKEN={made['SessionToken']}")


def post(path, body):
    urllib.request.urlopen(urllib.request.Request(endpoint + path, body, {"Content-Type": "application/json"})).read()


# An invocation is taken, and nobody runs it.
post("/moto-api/config", b'{"lambda": {"use_docker": false}}')
post("/moto-api/reset-auth", b"0")
