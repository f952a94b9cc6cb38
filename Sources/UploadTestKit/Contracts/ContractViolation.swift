import UploadCore

/// A violation of a port's law by an implementation.
public struct ContractViolation: Error, Hashable, Sendable, CustomStringConvertible {
    /// The expected and the actual value.
    public let problem: String
    /// The place of the check in the contract.
    public let file: String
    public let line: UInt

    public init(_ problem: String, file: StaticString = #fileID, line: UInt = #line) {
        self.problem = problem
        self.file = String(describing: file)
        self.line = line
    }

    public var description: String { "\(problem) (\(file):\(line))" }
}

// MARK: - Helpers of the checks

func require(
    _ holds: Bool, _ law: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws(ContractViolation) {
    guard holds else { throw ContractViolation(law(), file: file, line: line) }
}

func requireEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ what: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) throws(ContractViolation) {
    guard found != expected else { return }
    throw ContractViolation("\(what()): expected \(expected), found \(found)", file: file, line: line)
}

func requireValue<Value>(
    _ found: Value?, _ what: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws(ContractViolation) -> Value {
    guard let found else { throw ContractViolation("\(what()): found nothing", file: file, line: line) }
    return found
}

/// Requires a refusal with exactly these values.
func requireRefusal<Value>(
    _ reason: UploadError.Reason, _ what: String, file: StaticString = #fileID, line: UInt = #line,
    _ body: () async throws -> Value
) async throws(ContractViolation) {
    let error = try await refusal("\(reason)", what, file, line, body)
    guard error.reason == reason else {
        throw ContractViolation("\(what): expected \(reason), found \(error.reason)", file: file, line: line)
    }
}

/// Requires a refusal with this code, where the implementation chooses the values.
func requireRefusal<Value>(
    code: UploadError.Code, _ what: String, file: StaticString = #fileID, line: UInt = #line,
    _ body: () async throws -> Value
) async throws(ContractViolation) {
    let error = try await refusal(code.rawValue, what, file, line, body)
    guard error.code == code else {
        throw ContractViolation("\(what): expected \(code.rawValue), found \(error.reason)", file: file, line: line)
    }
}

private func refusal<Value>(
    _ expected: String, _ what: String, _ file: StaticString, _ line: UInt, _ body: () async throws -> Value
) async throws(ContractViolation) -> UploadError {
    do {
        let value = try await body()
        throw ContractViolation("\(what): expected \(expected), but it succeeded: \(value)", file: file, line: line)
    } catch let error as UploadError {
        return error
    } catch let violation as ContractViolation {
        throw violation
    } catch {
        throw ContractViolation("\(what): expected \(expected), found \(error)", file: file, line: line)
    }
}
