import { routerPathOf, type RouteContract } from '@causeway/contracts';
import { sendAnswer, type EdgeReply, type EdgeRequest, type HttpAnswer } from '@causeway/service-kit/http';
import {
  applyDecorators,
  Catch,
  createParamDecorator,
  Get,
  Post,
  Put,
  type ArgumentsHost,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import { readCall, type Admitted } from './read-call.ts';

/** Marks a controller's method as the handler of a route; it returns an {@link Answer}. */
export const Route = (route: RouteContract): MethodDecorator =>
  applyDecorators(METHODS[route.method](routerPathOf(route)));

const METHODS = { GET: Get, POST: Post, PUT: Put } as const;

/** The checked call of the request, as `Call<typeof the route>`. */
export const Asked = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<EdgeRequest>();
  return readCall(request, request.admitted as Admitted);
});

/** Answers everything that is thrown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #answerError: (error: unknown, request: EdgeRequest) => HttpAnswer;

  constructor(answerError: (error: unknown, request: EdgeRequest) => HttpAnswer) {
    this.#answerError = answerError;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendAnswer(http.getResponse<EdgeReply>(), this.#answerError(error, http.getRequest<EdgeRequest>()));
  }
}
