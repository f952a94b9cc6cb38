import HTTPWire
import TusWire
import UploadCore
import UploadHTTP

extension TranscriptScript {
    static let tusAccess = TranscriptScript(
        "tus-access", "tus: whose uploads, where they go, and what pages of other origins are told",
        change: { settings in settings.tus.crossOrigin = .origins(["https://app.example.org"]) },
        run: { talk in
            talk.about("Somebody that nobody knows, and somebody else")
            let upload = try await talk.create([("Upload-Length", "5")])
            for caller in [nil, "ben", "olga"] {
                try await talk.tus("HEAD", upload, by: caller)
                try await talk.patch(upload, at: 0, "hello".bytes, by: caller)
                try await talk.tus("DELETE", upload, by: caller)
                try await talk.tus("GET", upload, by: caller)
            }
            try await talk.tus("POST", "/files", by: nil, [("Upload-Length", "5")])

            talk.about("Capsules")
            let capsule = try await talk.makeCapsule(title: "Summer")
            let byPath = try await talk.create(at: "/capsules/\(capsule)/files", [("Upload-Length", "5")])
            try await talk.patch(byPath, at: 0, "hello".bytes)
            try await talk.tus("HEAD", "/files/\(byPath.suffix(32))")
            let metadata = ("Upload-Metadata", "capsule \(capsule.base64)")
            let byMetadata = try await talk.create([("Upload-Length", "5"), metadata])
            try await talk.tus("HEAD", "/capsules/\(capsule)/files/\(byMetadata.suffix(32))")
            try await talk.tus("HEAD", "/capsules/\(capsule)/files/\(upload.suffix(32))")
            let (path, new) = ("/capsules/\(capsule)/files", [("Upload-Length", "5")])
            try await talk.tus("POST", path, by: "ben", new)
            try await talk.tus("POST", "/capsules/x/files", new)
            try await talk.tus("POST", "/files", new + [("Upload-Metadata", "capsule \("x".base64)")])
            try await talk.call("PUT", "/v1/capsules/\(capsule)/members/ben", json: #"{"role":"reader"}"#)
            try await talk.tus("POST", path, by: "ben", new)
            let type = ("Content-Type", TusClient.patchType)
            try await talk.tus("POST", path, by: "ben", new + [type], bytes: "hello".bytes)
            try await talk.call("GET", byPath, by: "ben")
            try await talk.tus("HEAD", byPath, by: "ben")
            try await talk.tus("DELETE", byPath, by: "ben")
            try await talk.call("PUT", "/v1/capsules/\(capsule)/members/ben", json: #"{"role":"writer"}"#)
            let bens = try await talk.create(at: path, by: "ben", new)
            try await talk.tus("HEAD", bens)

            talk.about("Pages of other origins")
            for origin in ["https://app.example.org", "https://evil.example"] {
                try await talk.call(
                    "OPTIONS", "/files", by: nil, [("Origin", origin), ("Access-Control-Request-Method", "POST")])
                try await talk.tus("HEAD", upload, [("Origin", origin)])
                try await talk.tus("POST", "/files", by: nil, [("Origin", origin)])
            }

            talk.about("Proxies that nobody has said are to be believed")
            for field in [
                ("X-Forwarded-Host", "evil.example"), ("Forwarded", "host=evil.example;proto=https"),
                ("Via", "1.1 inner"),
            ] {
                try await talk.tus("POST", "/files", new + [field])
            }
        })

    static let tusBusy = TranscriptScript(
        "tus-busy", "tus: too much at once",
        change: { settings in
            settings.limits.activeUploadsMax = 1
            settings.limits.writersPerCallerMax = 0
        },
        run: { talk in
            talk.about("No other upload, and no bodies at all")
            let upload = try await talk.create([("Upload-Length", "5")])
            try await talk.tus("POST", "/files", [("Upload-Length", "5")])
            try await talk.patch(upload, at: 0, "hello".bytes)
            try await talk.tus("HEAD", upload)
        })
}
