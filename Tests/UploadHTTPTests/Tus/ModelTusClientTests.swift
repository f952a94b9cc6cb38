import HTTPTestKit
import Testing

/// The model's rules are those of tus-js-client.
@Suite struct ModelTusClientTests {
    typealias Response = ModelTusClient.Response

    private func patching(at offset: Int = 0) -> ModelTusClient {
        var client = ModelTusClient(endpoint: "/files", size: 10, storedURL: "/files/1")
        _ = client.start()
        _ = client.receive(Response(status: 200, fields: ["upload-offset": String(offset)]))
        return client
    }

    @Test(arguments: [400, 401, 403, 404, 410, 412, 413, 429, 460])
    func `a 4xx ends the upload`(_ status: Int) {
        var client = patching()
        #expect(client.receive(Response(status: status)) == .failed(status))
    }

    @Test(arguments: [409, 423, 500, 503, nil] as [Int?])
    func `409, 423, a server's failure and a broken connection are retried, as often as there are delays`(
        _ status: Int?
    ) {
        var client = patching()
        for delay in client.retryDelays {
            #expect(client.receive(status.map { Response(status: $0) }) == .retry(afterMilliseconds: delay))
            guard case .send(let request) = client.start() else {
                Issue.record("nothing is sent")
                return
            }
            #expect(request.method == "HEAD")
            _ = client.receive(Response(status: 200, fields: ["upload-offset": "0"]))
        }
        #expect(client.receive(status.map { Response(status: $0) }) == .failed(status))
    }

    @Test func `progress makes the delays start again`() {
        var client = patching()
        _ = client.receive(nil)
        _ = client.start()
        _ = client.receive(Response(status: 200, fields: ["upload-offset": "5"]))
        #expect(client.receive(nil) == .retry(afterMilliseconds: 0))
    }

    @Test(arguments: [(404, false), (410, false), (400, false), (500, true), (502, true)])
    func `HEAD that fails makes the client start anew, and forget the URL after 4xx`(_ status: Int, _ isStored: Bool) {
        var client = ModelTusClient(endpoint: "/files", size: 10, storedURL: "/files/1")
        _ = client.start()
        guard case .send(let request) = client.receive(Response(status: status)) else {
            Issue.record("nothing is sent")
            return
        }
        #expect(request.method == "POST" && request.fields["Upload-Length"] == "10")
        #expect(client.isURLStored == isStored)
    }

    @Test func `HEAD that is locked is retried`() {
        var client = ModelTusClient(endpoint: "/files", size: 10, storedURL: "/files/1")
        _ = client.start()
        #expect(client.receive(Response(status: 423)) == .retry(afterMilliseconds: 0))
        #expect(client.url == "/files/1")
    }

    @Test func `parts are equal, and the last has the rest`() {
        #expect(ModelTusClient.parts(ofSize: 11, count: 3) == [0..<3, 3..<6, 6..<11])
    }
}
