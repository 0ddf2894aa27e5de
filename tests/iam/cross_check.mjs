// Decides pairs of policy and request, one JSON object a line, by another implementation of IAM's evaluation.
import { createInterface } from "node:readline";

import { runSimulation, runUnsafeSimulation } from "@cloud-copilot/iam-simulate";

const document = (statements) => ({ Version: "2012-10-17", Statement: statements });

const simulation = ({ identity, resource, principal, action, arn, account, context }) => ({
  identityPolicies: [{ name: "own", policy: document(identity) }],
  serviceControlPolicies: [],
  resourceControlPolicies: [],
  resourcePolicy: resource.length ? document(resource) : undefined,
  request: { principal, action, resource: { resource: arn, accountId: account }, contextVariables: context },
});

for await (const line of createInterface({ input: process.stdin })) {
  const pair = JSON.parse(line);
  if (pair.resource.length) {
    // The other entrance cannot read a resource's policy. This one knows which keys a request may have.
    const decided = await runSimulation(simulation(pair), {});
    console.log(JSON.stringify(decided.overallResult ?? decided));
  } else {
    console.log(JSON.stringify(await runUnsafeSimulation(simulation(pair), {})));
  }
}
