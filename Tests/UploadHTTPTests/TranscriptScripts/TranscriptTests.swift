import HTTPTypes
import NativeWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct TranscriptTests {
    @Test(arguments: TranscriptScript.all)
    func `a script reads the same over the router and every connection, and as recorded`(_ script: TranscriptScript)
        async throws
    {
        let overRouter = try await script.transcript(over: .router)
        for kind in TransportKind.allCases where kind != .router {
            // The URLs of uploads have the scheme of the connection.
            let text = try await script.transcript(over: kind).replacing("https://localhost", with: "http://localhost")
            Golden.expect(
                text, is: overRouter.replacing("https://localhost", with: "http://localhost"),
                "Over \(kind), \(script.name)", sourceLocation: #_sourceLocation)
        }
        if Golden.isRecording { try Golden.record(overRouter, as: script.name) }
        Golden.expect(
            overRouter, is: try Golden.text(script.name), "\(script.name)", sourceLocation: #_sourceLocation)
    }

    @Test(arguments: NativeOperation.allCases)
    func `an operation is in a transcript with all its documented statuses`(
        _ operation: NativeOperation
    ) throws {
        let exchanges = try TranscriptScript.all.flatMap { try Self.exchanges(in: Golden.text($0.name)) }
        let statuses = Set(exchanges.filter { operation.route.matches($0) }.map(\.status))
        for success in operation.route.successes {
            #expect(statuses.contains(success.code), "\(operation.rawValue) \(success.code)")
        }
    }

    struct Exchange {
        let method: String
        let path: String
        let status: Int
    }

    static func exchanges(in transcript: String) -> [Exchange] {
        transcript.split(separator: "\n\n> ").dropFirst().compactMap { exchange in
            let lines = exchange.split(separator: "\n")
            let answer = lines.first { $0.hasPrefix("< ") }
            // Two spaces are before the caller; names of ids have single ones.
            let request = lines[0].split(separator: "  (")[0].split(separator: " ", maxSplits: 1)
            guard let status = answer.flatMap({ Int($0.dropFirst(2)) }), request.count == 2 else { return nil }
            return Exchange(
                method: String(request[0]), path: String(request[1].split(separator: "?")[0]), status: status)
        }
    }
}

extension NativeRoute {
    fileprivate func matches(_ exchange: TranscriptTests.Exchange) -> Bool {
        let (segments, known) = (exchange.path.split(separator: "/"), template.split(separator: "/"))
        return exchange.method == method.rawValue && segments.count == known.count
            && zip(segments, known).allSatisfy { $0 == $1 || $1.hasPrefix("{") }
    }
}
