import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startInstance } from '@causeway/provisioning';
import { newHome, removeHome, systemOf, type System } from '../system.ts';
import { KEYS, PROVIDER_HOST, startProvider, type Provider } from './provider.ts';

export const LARGE = 'a line of a large page\n'.repeat(40_000);
const RULES = `
@id("site") permit (principal, action == Action::"network.http-fetch", resource) when { resource.destination == "site" };
@id("read") permit (principal, action == Action::"resource.get", resource);
@id("models") permit (principal, action == Action::"model.chat", resource) when { resource.name == "m-1" };
@id("asked") @approval("human") permit (principal, action == Action::"model.chat", resource) when { resource.name == "m-ask" };
`;

/** A system, a site and a provider of models that its agents may reach. */
export type OutsideSystem = {
  readonly system: System;
  readonly siteUrl: string;
  readonly provider: Provider;
  readonly stop: () => Promise<void>;
};

export async function startOutsideSystem(): Promise<OutsideSystem> {
  const site = siteOfPages().listen(0, '127.0.0.1');
  await once(site, 'listening');
  const { port: sitePort } = site.address() as AddressInfo;
  const provider = await startProvider();
  const home = newHome();
  const stop = async (): Promise<void> => {
    site.close();
    provider.close();
    await removeHome(home);
  };
  const [policy, secrets, authorities] = ['pack', 'model-secrets', 'authorities.pem'].map((name) => join(home, name));
  for (const folder of [policy!, secrets!]) mkdirSync(folder);
  writeFileSync(join(policy!, 'pack.yaml'), JSON.stringify(packFor(sitePort, provider.port)));
  writeFileSync(join(policy!, 'constitution.cedar'), '');
  writeFileSync(join(policy!, 'policy.cedar'), RULES);
  writeFileSync(authorities!, provider.cert);
  for (const [name, value] of [['claude', KEYS.anthropic] as const, ['vault-token', KEYS.vault] as const]) {
    writeFileSync(join(secrets!, name), value);
    chmodSync(join(secrets!, name), 0o400);
  }
  const told = { CAUSEWAY_POLICY_DIR: policy! };
  const proxy = {
    ...{ ...told, CAUSEWAY_SECRETS_DIR: secrets!, CAUSEWAY_VAULT_TOKEN_FILE: join(secrets!, 'vault-token') },
    CAUSEWAY_EGRESS_CA_FILE: authorities!,
  };
  const overrides = { 'egress-proxy': proxy, 'run-orchestrator': told };
  const system = systemOf(await startInstance({ home, overrides }));
  return { system, siteUrl: `http://site.internal:${sitePort}`, provider, stop };
}

/** A large page for whoever reads, and how much it was for whoever writes. */
const siteOfPages = (): Server =>
  createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(LARGE);
      return;
    }
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => (sizeBytes += chunk.length));
    request.on('end', () => response.end(String(sizeBytes)));
  });

/** OpenAI's key is bound and in Vault; Anthropic's is a mounted file that the model alone names. */
function packFor(sitePort: number, port: number): object {
  const address = '127.0.0.1';
  const terms = { inputMicros: 2, outputMicros: 10, maxOutputTokens: 1_000 };
  const at = `https://${PROVIDER_HOST}:${port}/v1`;
  const place = { scheme: 'https', host: PROVIDER_HOST, port, methods: ['POST'], pathPrefix: '/v1/chat/completions' };
  const vault = { path: 'models/openai', field: 'key' };
  return {
    ...{ id: 'outside', version: '1', description: 'A site and models on this machine.' },
    limits: { maxSteps: 100, defaultSteps: 50, maxWallClockMs: 600_000, defaultWallClockMs: 600_000 },
    approvals: { expiresAfterMs: 60_000 },
    destinations: [
      { name: 'site', host: 'site.internal', address, port: sitePort },
      { name: 'models', host: PROVIDER_HOST, address, port },
    ],
    models: [
      { id: 'm-*', dialect: 'openai', url: `${at}/chat/completions`, secret: 'gpt', ...terms },
      { id: 'm-*', dialect: 'anthropic', url: `${at}/messages`, secret: 'claude', ...terms },
    ],
    secrets: [{ name: 'gpt', as: 'bearer', destination: place, from: { vault } }],
    vault: { destination: 'models' },
    egress: {
      ...{ maxRequestBytes: 10_000, maxResponseBytes: 20_000, timeoutMs: 30_000, maxRedirects: 0 },
      ...{ maxKeptBytes: 4_000_000, maxSentBytes: 4_000_000 },
    },
  };
}
