import Hummingbird
import HummingbirdCore
import Logging
import NativeWire
import UploadCore

/// Authenticates, counts, and turns errors into answers.
struct RequestPipeline: Sendable {
    let authenticator: any Authenticator
    let metrics: ServerMetrics
    let limits: HTTPLimits
    let logger: Logger

    /// What a request turned out to be about.
    struct Endpoint: Sendable {
        /// What metrics call it; nil where the request asks for nothing that there is.
        let operation: String?
        let access: NativeRoute.Access
        /// How a refusal of the engine's is put.
        let problem: @Sendable (UploadError) -> Problem

        init(
            operation: String?, access: NativeRoute.Access,
            problem: @escaping @Sendable (UploadError) -> Problem = { Problem($0) }
        ) {
            self.operation = operation
            self.access = access
            self.problem = problem
        }

        init(_ route: NativeRoute?) {
            self.init(operation: route?.operation.rawValue, access: route?.access ?? .anyone)
        }
    }

    func answer(
        _ request: Request, _ context: UploadContext, to endpoint: Endpoint,
        _ perform: (AuthenticatedRequest) async throws -> Response
    ) async -> Response {
        metrics.requestBegan()
        let start = ContinuousClock.now
        let response: Response
        do {
            let caller = try await caller(of: request, endpoint.access)
            response = try await perform(
                AuthenticatedRequest(
                    request: request, parameters: context.parameters, requestChannel: context.requestChannel,
                    caller: caller,
                    limits: limits))
        } catch {
            let problem = problem(for: error, endpoint)
            metrics.refused(code: problem.code)
            response = Response(problem)
        }
        metrics.requestEnded(
            operation: endpoint.operation, status: response.status.code,
            nanoseconds: start.duration(to: .now).nanoseconds)
        return response
    }

    private func caller(of request: Request, _ access: NativeRoute.Access) async throws -> Caller {
        if access == .anyone { return .nobody }
        guard let caller = await authenticator.caller(of: request.head) else { throw Problem.unauthenticated }
        guard access != .operatorOnly || caller.isOperator else { throw Problem.forbiddenForOperators }
        return caller
    }

    private func problem(for error: any Error, _ endpoint: Endpoint) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as UploadError:
            if Problem(error).status.code >= 500 {
                logger.error("the store failed", metadata: ["error": "\(error.debugDescription)"])
            }
            return endpoint.problem(error)
        // Nobody is there to read it, or whoever was too slow.
        case BodyError.connectionClosed: return .requestTimeout
        case BodyError.malformed: return .malformedRequest
        default:
            let incident = String(UInt64.random(in: .min ... .max), radix: 16)
            logger.error("internal error", metadata: ["incident": "\(incident)", "error": "\(error)"])
            return .internalError(incident: incident)
        }
    }
}

extension Caller {
    /// Of operations that ask for nobody.
    static let nobody = Caller(principal: Principal(""))
}
