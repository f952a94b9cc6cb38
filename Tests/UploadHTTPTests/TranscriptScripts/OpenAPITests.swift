import HTTPTypes
import NativeWire
import Testing

@Suite struct OpenAPITests {
    @Test(arguments: TransportKind.allCases)
    func `the document that is served names every route, and no other`(_ kind: TransportKind) async throws {
        let response = try await kind.run(ServerSettings()) { transport, _ in
            try await transport.send(ClientRequest("GET", "/openapi.json"))
        }
        #expect(response["Content-Type"] == "application/json")
        let paths = try #require(response.json?["paths"]?.members)
        let served = paths.flatMap { path, methods in
            methods.members.compactMap { method, operation in
                operation["operationId"]?.text.map { "\(method.uppercased()) \(path) \($0)" }
            }
        }
        let routes = NativeRoute.all.map { "\($0.method.rawValue) \($0.template) \($0.operation.rawValue)" }
        #expect(served.sorted() == routes.sorted())
    }
}
