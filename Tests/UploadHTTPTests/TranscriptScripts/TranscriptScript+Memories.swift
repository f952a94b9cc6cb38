import UploadCore
import UploadHTTP
import UploadMemories

extension TranscriptScript {
    static let memories = TranscriptScript(
        "memories", "Memories: making, reading, changing, deleting",
        change: { settings in
            settings.limits.titleBytesMax = 16
            settings.limits.assetsMax = 4
            settings.limits.inlineAssetBytesMax = 8
            settings.limits.inlineBudgetBytes = 24
            settings.http.memoryDocumentBytesMax = 2048
        },
        run: { talk in
            let capsule = try await talk.makeCapsule(title: "Summer")
            let path = "/v1/capsules/\(capsule)/memories"
            let original = try await talk.putBlob(
                "original".bytes, query: "name=cat.jpg&type=image/jpeg&capsule=\(capsule)")
            let display = try await talk.putBlob(
                content(70_000), query: "name=cat.webp&type=image/webp&capsule=\(capsule)")

            talk.about("With everything that can be said, and with as little as possible")
            let full =
                #"{"title":"The cat","description":"On the wall.","tags":["cat","wall"],"type":"photo","#
                + #""taken_at":"2023-08-01T14:30:00.5+02:00","thumbhash":"AAECAwQ=","assets":[{"kind":"original","blob":"\#(original)"},"#
                + #"{"kind":"display","blob":"\#(display)","width":2048,"height":1365}],"inline_assets":"#
                + #"[{"kind":"placeholder","type":"image/webp","data":"UklGRg==","width":32,"height":21}]}"#
            let memory = try await talk.makeMemory(full, in: capsule, [("Idempotency-Key", "\"cat\"")])
            let little = #"{"assets":[{"kind":"original","blob":"\#(original)"}]}"#
            let other = try await talk.makeMemory(little, in: capsule)

            talk.about("Again under the same key, and under another’s")
            try await talk.call("POST", path, [("Idempotency-Key", "cat")], json: full)
            try await talk.call("POST", path, [("Idempotency-Key", "cat")], json: little)

            talk.about("Reading")
            try await talk.call("GET", "/v1/memories/\(memory)")
            try await talk.call("GET", "/v1/memories/\(memory)?include=inline")
            try await talk.call("GET", "/v1/memories/\(memory)?include=blobs")
            let first = try await talk.call("GET", path + "?limit=1")
            try await talk.call("GET", path + "?limit=1&cursor=\(first.json?["next"]?.text ?? "")")
            try await talk.call("GET", path + "?order=newest&include=inline")
            try await talk.call("GET", path + "?order=newest&cursor=\(other)")
            try await talk.call("GET", path + "?order=best")
            try await talk.call("GET", "/v1/capsules/default/memories")

            talk.about("Changing what is said (RFC 7396)")
            let patch = [("Content-Type", "application/merge-patch+json")]
            try await talk.call(
                "PATCH", "/v1/memories/\(memory)", patch, json: #"{"title":"A cat","tags":null,"taken_at":null}"#)
            for document in [
                "{}", #"{"title":"seventeen bytes !"}"#, #"{"tags":["a",null]}"#, #"{"taken_at":"today"}"#, "[]",
            ] {
                try await talk.call("PATCH", "/v1/memories/\(memory)", patch, json: document)
            }

            talk.about("Deleting: blobs that something uses stay")
            try await talk.call("DELETE", "/v1/blobs/\(original)")
            try await talk.call("DELETE", "/v1/memories/\(memory)?assets=all")
            try await talk.call("DELETE", "/v1/memories/\(memory)?assets=delete")
            try await talk.call("DELETE", "/v1/memories/\(memory)")
            try await talk.call("GET", "/v1/memories/\(memory)")
            try await talk.call("GET", "/v1/blobs/\(display)/meta")
            try await talk.call("GET", "/v1/blobs/\(original)/meta")
            try await talk.call("DELETE", "/v1/memories/\(other)")
            try await talk.call("DELETE", "/v1/blobs/\(original)")
        })

    static let memoryRefusals = TranscriptScript(
        "memory-refusals", "Memories that cannot be",
        change: { settings in
            settings.limits.titleBytesMax = 16
            settings.limits.memoryTextBytesMax = 16
            settings.limits.tagsMax = 2
            settings.limits.assetsMax = 2
            settings.limits.thumbHashBytesMax = 4
            settings.limits.inlineAssetBytesMax = 8
            settings.limits.inlineBudgetBytes = 12
            settings.http.memoryDocumentBytesMax = 1024
        },
        run: { talk in
            let capsule = try await talk.makeCapsule(title: "")
            let path = "/v1/capsules/\(capsule)/memories"
            let blob = try await talk.putBlob("x".bytes, query: "name=a&capsule=\(capsule)")
            let elsewhere = try await talk.putBlob("x".bytes, query: "name=a")
            let pending = try await talk.begin(#"{"capsule":"\#(capsule)","name":"a","length":1}"#)
            let asset = #"{"kind":"original","blob":"\#(blob)"}"#
            let assets = #""assets":[\#(asset)]"#

            talk.about("What makes no sense")
            for document in [
                "", "{}", #"{"assets":[]}"#, "[]", #"{"title":7,\#(assets)}"#, #"{\#(assets),"taken_at":"2023-08-01"}"#,
                #"{"assets":[\#(asset),{"kind":"thumb"}]}"#, #"{"assets":[\#(asset),{"kind":"thumb","blob":"x"}]}"#,
                #"{"assets":[{"kind":"","blob":"\#(blob)"}]}"#,
                #"{"inline_assets":[{"kind":"a","type":"image/webp","data":"AAA"}]}"#,
                #"{"inline_assets":[{"kind":"a","type":"no type","data":"AAAA"}]}"#, #"{\#(assets),"thumbhash":"*"}"#,
            ] {
                try await talk.call("POST", path, json: document)
            }

            talk.about("Blobs that are not there, not yet, or elsewhere")
            for id in [String(repeating: "0", count: 32), pending, elsewhere] {
                try await talk.call(
                    "POST", path, json: #"{"assets":[\#(asset),{"kind":"thumb","blob":"\#(id)"}]}"#)
            }

            talk.about("Past the limits")
            for document in [
                #"{"title":"seventeen bytes !",\#(assets)}"#, #"{"description":"seventeen bytes !",\#(assets)}"#,
                #"{"tags":["a","b","c"],\#(assets)}"#, #"{"assets":[\#(asset),\#(asset),\#(asset)]}"#,
                #"{"thumbhash":"AAECAwQ=",\#(assets)}"#,
                #"{"inline_assets":[{"kind":"a","type":"a/b","data":"AAAAAAAAAAAA"}]}"#,
                #"{"inline_assets":[{"kind":"a","type":"a/b","data":"AAAAAAAAAAA="},"#
                    + #"{"kind":"b","type":"a/b","data":"AAAAAAAA"}]}"#,
                #"{"title":""# + String(repeating: "a", count: 1024),
            ] {
                try await talk.call("POST", path, json: document)
            }
            try await talk.call(
                "POST", path, json: #"{"title":""# + String(repeating: "a", count: 1024),
                framing: .chunked(pieceBytes: 100))

            talk.about("A stranger and a reader")
            let memory = try await talk.makeMemory("{\(assets)}", in: capsule)
            let calls: [(String, String, String?)] = [
                ("POST", path, "{\(assets)}"), ("GET", path, nil), ("GET", "/v1/memories/\(memory)", nil),
                ("PATCH", "/v1/memories/\(memory)", "{}"), ("DELETE", "/v1/memories/\(memory)", nil),
                ("POST", "/v1/memories/\(memory)/assets", asset),
                ("GET", "/v1/memories/\(memory)/assets/original", nil),
                ("HEAD", "/v1/memories/\(memory)/assets/original", nil),
                ("DELETE", "/v1/memories/\(memory)/assets/original", nil),
            ]
            for (method, path, body) in calls { try await talk.call(method, path, by: "ben", json: body) }
            try await talk.call(
                "PUT", "/v1/capsules/\(capsule)/members/ben", json: #"{"role":"reader"}"#)
            for (method, path, body) in calls { try await talk.call(method, path, by: "ben", json: body) }
            for path in ["", "/assets/original", "/assets/thumb"] {
                try await talk.call("GET", "/v1/memories/memory" + path)
            }
        })
}
