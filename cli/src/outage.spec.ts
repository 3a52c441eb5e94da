import { outage } from './outage.ts';

describe('an outage', () => {
  it('is told when it begins and when it is over, each once', () => {
    const told: string[] = [];
    const { begun, over } = outage((message) => told.push(message.slice(0, 20)));
    over();
    begun();
    begun();
    over();
    over();
    begun();
    expect(told).toEqual(['-- the ledger does n', '-- the ledger answer', '-- the ledger does n']);
  });
});
