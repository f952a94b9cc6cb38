import UploadCore
import UploadMemories

extension TranscriptScript {
    static let assets = TranscriptScript(
        "assets", "Assets: their bytes, adding and removing",
        change: { settings in
            settings.limits.assetsMax = 5
            settings.limits.inlineAssetBytesMax = 32
        },
        run: { talk in
            let capsule = try await talk.makeCapsule(title: "")
            let alphabet = "abcdefghijklmnopqrstuvwxyz".bytes
            let original = try await talk.putBlob(
                alphabet, query: "name=cat.jpg&type=image/jpeg&capsule=\(capsule)")
            let display = try await talk.putBlob(content(70_000), query: "type=image/webp&capsule=\(capsule)")
            let memory = try await talk.makeMemory(
                #"{"assets":[{"kind":"original","blob":"\#(original)"},{"kind":"display","blob":"\#(display)"}],"#
                    + #""inline_assets":[{"kind":"place holder/1","type":"image/webp","#
                    + #""data":"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="}]}"#, in: capsule)
            let assets = "/v1/memories/\(memory)/assets"
            let inline = assets + "/place%20holder%2F1"

            talk.about("A blob’s bytes, as the blob’s own path gives them")
            try await talk.call("GET", assets + "/original")
            try await talk.call("HEAD", assets + "/original")
            try await talk.call("GET", assets + "/original", [("Range", "bytes=24-")])
            try await talk.call(
                "GET", assets + "/original", [("If-None-Match", "\"sha256-\(Digest(of: alphabet).hex)\"")])
            try await talk.call("GET", assets + "/display")
            try await talk.call("GET", assets + "/display", [("Range", "bytes=69990-")])

            talk.about("Inline bytes, just so")
            let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".bytes
            let etag = "\"sha256-\(Digest(of: upper).hex)\""
            try await talk.call("GET", inline)
            try await talk.call("HEAD", inline)
            for range in ["bytes=0-0", "bytes=-3", "bytes=0-1,24-", "bytes=26-"] {
                try await talk.call("GET", inline, [("Range", range)])
            }
            for fields in [
                [("If-None-Match", etag)], [("If-Match", "\"x\"")], [("If-Range", etag), ("Range", "bytes=0-1")],
                [("If-Range", "\"x\""), ("Range", "bytes=0-1")],
            ] {
                try await talk.call("GET", inline, fields)
            }
            try await talk.call("HEAD", inline, [("If-None-Match", etag)])

            talk.about("What there is not")
            for name in ["thumb", "..", "%ff", String(repeating: "0", count: 32)] {
                try await talk.call("GET", assets + "/\(name)")
            }
            try await talk.call("PUT", assets + "/original", bytes: "x".bytes)

            talk.about("Adding")
            let thumb = try await talk.putBlob("thumb".bytes, query: "type=image/webp&capsule=\(capsule)")
            try await talk.call(
                "POST", assets, json: #"{"kind":"thumb","blob":"\#(thumb)","width":512,"height":341}"#)
            let added = try await talk.call(
                "POST", assets, [("Idempotency-Key", "second")],
                json: #"{"kind":"thumb","type":"image/webp","data":"c2Vjb25k"}"#)
            for kind in ["thumb", "other"] {
                try await talk.call(
                    "POST", assets, [("Idempotency-Key", "second")],
                    json: #"{"kind":"\#(kind)","type":"image/webp","data":"c2Vjb25k"}"#)
            }
            for document in [
                #"{"kind":"a","blob":"\#(thumb)"}"#, "{}", #"{"kind":"a"}"#, #"{"kind":"a","blob":"x"}"#,
                #"{"kind":"a","blob":"\#(thumb)","data":""}"#, #"{"kind":"a","type":"image/webp","data":"?"}"#,
            ] {
                try await talk.call("POST", assets, json: document)
            }
            let second = added.json?["assets"]?.elements.last?["id"]?.text ?? ""
            try await talk.call("GET", assets + "/thumb")
            try await talk.call("GET", assets + "/\(second)")

            talk.about("Removing: by its kind the first, with its blob if nothing else uses it")
            try await talk.call("DELETE", assets + "/thumb?blob=keep")
            try await talk.call("DELETE", assets + "/thumb?blob=delete")
            try await talk.call("GET", "/v1/blobs/\(thumb)/meta")
            try await talk.call("GET", assets + "/thumb")
            try await talk.call("DELETE", assets + "/\(second)")
            try await talk.call("DELETE", assets + "/thumb")
            try await talk.call("DELETE", assets + "/display")
            try await talk.call("GET", "/v1/blobs/\(display)/meta")
            try await talk.call("GET", "/v1/memories/\(memory)")
        })
}
