export * from './http-app.ts';
export * from './run-http-service.ts';
