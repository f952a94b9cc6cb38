import NativeWire
import Testing
import UploadHTTP
import UploadTestKit

@Suite(.timeLimit(.minutes(5))) struct RandomBytesTests {
    /// Random bytes alone, after the beginning of a request, and as the body of one that tells no such length.
    private static func message(_ random: inout SeededRandom, _ upload: String) -> [UInt8] {
        let noise = random.bytes(random.within(1...2000))
        let chunk = "PUT /v1/uploads/\(upload)/chunks/1 HTTP/1.1\r\nHost: localhost\r\n"
        let starts = [
            "", "GET ", "GET /v1/blobs/", "POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\n", chunk,
            chunk + "Transfer-Encoding: chunked\r\n\r\n", chunk + "Content-Length: 4000\r\n\r\n",
            "POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(noise.count)\r\n\r\n",
            "POST /v1/capsules HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n",
        ]
        return (random.element(of: starts) ?? "").bytes + noise
    }

    @Test func `random bytes on 500 connections get a refusal or nothing, and change nothing`() async throws {
        var settings = ServerSettings()
        settings.http.lingerMilliseconds = 100
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 8000, chunkSize: 4000).id
            try await api.putChunk(0, of: upload, content(4000))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for lane in 0..<10 {
                    tasks.addTask {
                        var random = SeededRandom(seed: UInt64(lane))
                        for round in 0..<50 {
                            let message = Self.message(&random, upload)
                            try await RawConnection.open(port: server.port) { connection in
                                try? await connection.send(message)
                                connection.finishSending()
                                let answer = String(decoding: await connection.readToEnd(), as: UTF8.self)
                                let isRefusal = answer.isEmpty || answer.hasPrefix("HTTP/1.1 4")
                                #expect(isRefusal, "seed \(lane), round \(round): \(answer)")
                            }
                        }
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(try await api.status(of: upload).received == [[0, 0]])
        }
    }
}
