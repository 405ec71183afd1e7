#!/usr/bin/env python3
"""Lets a user do something, which librdkafka's binding for Rust cannot.

permit.py BROKERS USER OPERATION TOPIC|GROUP NAME, such as: permit.py 127.0.0.1:9092 bob READ TOPIC in
"""

import sys

from kafka.admin import ACL, ACLOperation, ACLPermissionType, KafkaAdminClient, ResourcePattern, ResourceType


def main():
    brokers, user, operation, kind, name = sys.argv[1:]
    admin = KafkaAdminClient(bootstrap_servers=brokers)
    rule = ACL(
        principal=f"User:{user}",
        host="*",
        operation=ACLOperation[operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(ResourceType[kind], name),
    )
    if (failed := admin.create_acls([rule])["failed"]):
        sys.exit(f"not permitted: {failed}")
    admin.close()


if __name__ == "__main__":
    main()
