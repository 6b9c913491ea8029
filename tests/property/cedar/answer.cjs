// Answers questions about worlds with the official Cedar engine.
//
//   node answer.cjs MODULE QUESTIONS ANSWERS
//
// MODULE is the folder of @cedar-policy/cedar-wasm. QUESTIONS holds one world a line, ANSWERS gets one line for each:
// what parses, what validates, and for each request the decision with the ids of determining and erring policies.

'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

const [modulePath, questionsPath, answersPath] = process.argv.slice(2);
const cedar = require(path.join(modulePath, 'nodejs'));

const ok = (answer) => answer.type === 'success';

function parsesAsPolicy(text) {
  return ok(cedar.policySetTextToParts(text));
}

function validity(schema, policies) {
  const answer = cedar.validate({ schema, policies, validationSettings: { mode: 'strict' } });
  if (!ok(answer)) return null;
  const invalid = new Set();
  for (const e of answer.validationErrors) invalid.add(e.policyId);
  // The corpus holds a policy that no action can apply to for invalid, the engine only warns of it.
  for (const w of answer.validationWarnings) {
    if (/unable to find an applicable action/.test(w.error.message)) invalid.add(w.policyId);
  }
  return [...invalid].sort();
}

// The policy in JSON form, and whether our JSON of it is to this engine the same policy.
function answerJson(text, template, ours) {
  const toJson = template ? cedar.templateToJson : cedar.policyToJson;
  const toText = template ? cedar.templateToText : cedar.policyToText;
  const theirs = toJson(text);
  if (!ok(theirs)) return null;
  const [a, b] = [toText(theirs.json), toText(JSON.parse(ours))];
  return { json: JSON.stringify(theirs.json), same: ok(a) && ok(b) && a.text === b.text };
}

// Policies and schemas are parsed once and then named, which is much faster than handing them over with each request.
const POLICIES = 'policies';
const NO_POLICIES = 'none';
const SCHEMA = 'schema';

function answerRequest(request, entities) {
  const answer = cedar.statefulIsAuthorized({ ...request, preparsedPolicySetId: POLICIES, entities });
  if (!ok(answer)) return null;
  const { decision, diagnostics } = answer.response;
  return {
    decision,
    reason: [...diagnostics.reason].sort(),
    errors: diagnostics.errors.map((e) => e.policyId).sort(),
  };
}

function fits(request) {
  const call = { preparsedPolicySetId: NO_POLICIES, preparsedSchemaName: SCHEMA, validateRequest: true, entities: [] };
  return ok(cedar.statefulIsAuthorized({ ...request, ...call }));
}

function answerWorld(world) {
  const parses = world.policies.map(parsesAsPolicy);
  const policies = { staticPolicies: {}, templates: {}, templateLinks: [] };
  world.policies.forEach((text, i) => {
    if (!parses[i]) return;
    (world.template[i] ? policies.templates : policies.staticPolicies)['policy' + i] = text;
  });
  for (const link of world.links) {
    if (parses[link.policy]) {
      policies.templateLinks.push({ templateId: 'policy' + link.policy, newId: link.id, values: link.values });
    }
  }
  const schemaParses = ok(cedar.preparseSchema(SCHEMA, world.schema));
  if (!ok(cedar.preparsePolicySet(POLICIES, policies))) throw new Error('policies that parse alone do not together');
  const entities = JSON.parse(world.entities);
  const requests = world.requests.map((r) => ({ ...r, context: JSON.parse(r.context) }));
  const json = (text, i) => (parses[i] ? answerJson(text, world.template[i], world.policyJson[i]) : null);
  return {
    schema: schemaParses,
    policies: parses,
    policyJson: world.policies.map(json),
    schemaJson: schemaParses ? JSON.stringify(cedar.schemaToJson(world.schema).json) : null,
    invalid: schemaParses ? validity(world.schema, policies) : null,
    entities: ok(cedar.checkParseEntities({ entities })),
    entitiesFit: schemaParses && ok(cedar.checkParseEntities({ entities, schema: world.schema })),
    requests: requests.map((r) => answerRequest(r, entities)),
    fits: requests.map((r) => schemaParses && fits(r)),
    schemaCandidates: world.schemaCandidates.map((s) => ok(cedar.checkParseSchema(s))),
    policyCandidates: world.policyCandidates.map(parsesAsPolicy),
  };
}

async function main() {
  cedar.preparsePolicySet(NO_POLICIES, { staticPolicies: {}, templates: {}, templateLinks: [] });
  const out = fs.openSync(answersPath, 'w');
  const lines = readline.createInterface({ input: fs.createReadStream(questionsPath), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line) fs.writeSync(out, JSON.stringify(answerWorld(JSON.parse(line))) + '\n');
  }
  fs.closeSync(out);
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
