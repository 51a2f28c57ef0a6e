// The certified OpenID provider that the tests sign in with. Its only argument is JSON:
// {"clients": [...], "claimsInIdToken": bool, "people": {login: claims}}. It prints {"issuer": ...} when it answers.
// Anything may be typed as password. POST /rotate-keys makes it sign with a new key and publish that alone. It ends when
// its standard input does: with who started it, however that ended.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

process.stdin.resume().on('end', () => process.exit());

const asked = JSON.parse(process.argv[2]);
const cookieKeys = [randomBytes(16).toString('hex')];
let handle;

const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/rotate-keys') {
    handle = withNewKey();
    response.writeHead(204).end();
    return;
  }
  handle(request, response);
});

function withNewKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };
  const provider = new Provider(issuer(), {
    clients: asked.clients,
    jwks: { keys: [key] },
    cookies: { keys: cookieKeys },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: !asked.claimsInIdToken,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, login) => ({
      accountId: login,
      claims: () => ({ sub: `subject of ${login}`, ...asked.people[login] }),
    }),
  });
  return provider.callback();
}

function issuer() {
  return `http://127.0.0.1:${server.address().port}`;
}

server.listen(0, '127.0.0.1', () => {
  handle = withNewKey();
  console.log(JSON.stringify({ issuer: issuer() }));
});
