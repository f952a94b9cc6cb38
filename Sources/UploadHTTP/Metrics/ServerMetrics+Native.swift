import NativeWire
import TusWire

extension ServerMetrics {
    /// Codes of refusals that are HTTP's and not the engine's.
    static let transportCodes = [
        "unauthenticated", "method_not_allowed", "malformed_request", "request_timeout", "precondition_failed",
        "range_not_satisfiable", "unsupported_media_type", "header_too_large", "internal",
    ]

    /// For a server of the native API.
    public convenience init(isExposed: Bool = true) {
        self.init(
            operations: NativeOperation.allCases.map(\.rawValue) + TusOperation.allCases.map(\.rawValue) + [
                PageRoutes.operation
            ],
            codes: Self.transportCodes + TusRefusal.codes, version: Version.current, isExposed: isExposed)
    }
}
