import HTTPTypes
import NativeWire
import ResumableWire

/// What a response means for a resumable upload. Pure.
extension ServerReply {
    /// The request that was answered.
    enum ResumableRequest: Hashable, Sendable {
        /// Whether its content is all of the upload.
        case creation(isWhole: Bool)
        /// Whether its end is that of the upload.
        case append(isLast: Bool)
    }

    /// What the client does next.
    enum Meaning: Hashable, Sendable {
        /// The upload is complete, and this is its final response.
        case complete
        /// It has the content of the request, and is not complete.
        case continues(at: UInt64?)
        /// The state of the upload is other than the client believes, or another client writes to it: ask for it.
        case outOfStep
        /// The server no longer has the upload.
        case lost
        /// The server has the whole, and it is not what the creation said (`Repr-Digest`).
        case contentRefused
        /// The policy decides whether the request is repeated.
        case failed
    }

    /// Section “Upload Append” of the draft, and what differs in old versions: a response that completes need not say so.
    func meaning(of request: ResumableRequest, _ version: InteropVersion) -> Meaning {
        let saysComplete = version.completeness(in: fields)
        if status.kind == .successful {
            let isLast =
                switch request {
                case .creation(let isWhole): isWhole
                case .append(let isLast): isLast
                }
            let isComplete = isLast && saysComplete != false
            return isComplete ? .complete : .continues(at: ResumableState(fields, version)?.offset)
        }
        if saysComplete == true, status.kind == .clientError { return .contentRefused }
        guard case .append = request else { return .failed }
        if [404, 410].contains(status.code) { return .lost }
        let isOutOfStep = status == .conflict || problem.code == "superseded" || problemKind != nil
        return isOutOfStep ? .outOfStep : .failed
    }

    /// The type of the problem, if it is one of the draft's.
    private var problemKind: ResumableProblem.Kind? { (try? ResumableProblem(json: body))?.kind }
}
