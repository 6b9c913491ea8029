// The official engine's pre-parsed call on the requests of bench_cedar.
//   node official.cjs MODULE QUESTIONS REPEATS
// Prints the microseconds of an authorisation in each repeat, and how many decisions differ from ours, as JSON.
'use strict';

const fs = require('fs');
const path = require('path');

const [modulePath, questionsPath, repeats] = process.argv.slice(2);
const cedar = require(path.join(modulePath, 'nodejs'));
const world = JSON.parse(fs.readFileSync(questionsPath, 'utf8'));

const parsed = cedar.preparsePolicySet('policies', { staticPolicies: world.policies });
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed).slice(0, 500));

const calls = world.requests.map(({ ours, ...request }) => ({ ...request, preparsedPolicySetId: 'policies' }));
let differ = 0;
calls.forEach((call, i) => {
  const answer = cedar.statefulIsAuthorized(call);
  if (answer.type !== 'success') throw new Error(JSON.stringify(answer).slice(0, 500));
  if (answer.response.decision !== world.requests[i].ours) differ += 1;
});

const micros = [];
for (let repeat = 0; repeat < Number(repeats); repeat += 1) {
  const start = process.hrtime.bigint();
  let asked = 0;
  do {
    calls.forEach((call) => cedar.statefulIsAuthorized(call));
    asked += calls.length;
  } while (process.hrtime.bigint() - start < 300000000n);
  micros.push(Number(process.hrtime.bigint() - start) / 1000 / asked);
}
console.log(JSON.stringify({ micros, differ }));
