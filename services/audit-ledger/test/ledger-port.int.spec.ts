import { ledgerClient } from '@causeway/messaging';
import {
  ledgerFeatures,
  startServiceProcess,
  testInfrastructure,
  type ServiceProcess,
  type TestInfrastructure,
} from '@causeway/testing';

let infra: TestInfrastructure;
let service: ServiceProcess;

afterAll(async () => {
  await service?.kill();
  await infra?.stop();
});

ledgerFeatures('the service over the bus', async () => {
  infra = await testInfrastructure();
  service = await startServiceProcess('audit-ledger', infra.environment('audit-ledger', await infra.database()));
  const bus = await infra.connect('run-orchestrator');
  return { ledger: ledgerClient({ bus, writer: 'run-orchestrator' }), eventType: 'run.resumed' };
});
