import Hummingbird
import HummingbirdCore
import Logging
import NativeWire
import UploadCore

/// Authenticates, counts, and turns errors into answers.
struct Desk: Sendable {
    let authenticator: any Authenticator
    let metrics: ServerMetrics
    let limits: HTTPLimits
    let logger: Logger

    /// - Parameter route: nil where the request asks for nothing that there is.
    func answer(
        _ request: Request, _ context: UploadContext, to route: NativeRoute?,
        _ perform: (Call) async throws -> Response
    ) async -> Response {
        metrics.requestBegan()
        let start = ContinuousClock.now
        let response: Response
        do {
            let caller = try await caller(of: request, for: route)
            response = try await perform(
                Call(
                    request: request, parameters: context.parameters, exchange: context.exchange, caller: caller,
                    limits: limits))
        } catch {
            let problem = problem(for: error, request)
            metrics.refused(code: problem.code)
            response = Response(problem)
        }
        metrics.requestEnded(
            operation: route?.operation.rawValue, status: response.status.code,
            nanoseconds: start.duration(to: .now).nanoseconds)
        return response
    }

    private func caller(of request: Request, for route: NativeRoute?) async throws -> Caller {
        let access = route?.access ?? .anyone
        if access == .anyone { return .nobody }
        guard let caller = await authenticator.caller(of: request.head) else { throw Problem.unauthenticated }
        guard access != .operatorOnly || caller.isOperator else { throw Problem.forbiddenForOperators }
        return caller
    }

    private func problem(for error: any Error, _ request: Request) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as UploadError:
            let problem = Problem(error)
            if problem.status.code >= 500 {
                logger.error("the store failed", metadata: ["error": "\(error.debugDescription)"])
            }
            return problem
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
