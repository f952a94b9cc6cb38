import HTTPWire
import NativeWire
import SessionCore
import UploadCore
import UploadTestKit

extension TranscriptScript {
    static let links = TranscriptScript(
        "links", "Upload links: their owner, their bearers, and what exists for neither",
        change: { $0.limits.linksMax = 2 },
        run: { talk in
            talk.about("Anna creates a link to her capsule, and sees it again with its token")
            let capsule = try await talk.makeCapsule(title: "Wedding")
            let path = "/v1/capsules/\(capsule)/links"
            let later = talk.clock.now().advanced(byMilliseconds: 3_600_000).rfc3339
            let created = try await talk.call(
                "POST", path,
                json: #"""
                    {"title":"Our wedding","expires_at":"\#(later)","files_max":3,"uses_max":4,"bytes_max":100,
                    "file_bytes_max":50,"types":["image/*","text/plain"]}
                    """#)
            let link = try created.document(LinkDocument.self)
            try await talk.call("GET", path)

            talk.about("A guest sees what may be uploaded, and uploads in chunks and as a whole")
            try await talk.call("GET", "/v1/link", bearer: link.token)
            let upload = try await talk.call(
                "POST", "/v1/uploads", bearer: link.token,
                json: #"{"name":"kiss.jpg","type":"image/jpeg","length":5,"chunk_size":3}"#)
            let id = upload.json?["id"]?.text ?? ""
            try await talk.call("PUT", "/v1/uploads/\(id)/chunks/0", bearer: link.token, bytes: "wed".bytes)
            try await talk.call("GET", "/v1/uploads/\(id)", bearer: link.token)
            try await talk.call("PUT", "/v1/uploads/\(id)/chunks/1", bearer: link.token, bytes: "di".bytes)
            try await talk.call("POST", "/v1/uploads/\(id)/finish", bearer: link.token)
            try await talk.call(
                "POST", "/v1/blobs?name=wish.txt&type=text/plain", bearer: link.token, bytes: "luck".bytes)

            talk.about("Lists, reads and everything else do not exist for the guest")
            for (method, target) in [
                ("GET", "/v1/blobs/\(id)"), ("GET", "/v1/blobs/\(id)/meta"), ("DELETE", "/v1/blobs/\(id)"),
                ("GET", "/v1/uploads?capsule=\(capsule)"), ("GET", "/v1/capsules"), ("GET", "/v1/capsules/\(capsule)"),
                ("GET", "/v1/capsules/\(capsule)/memories"), ("GET", path), ("DELETE", "\(path)/\(link.id)"),
                ("POST", "/v1/capsules"), ("GET", "/v1/sessions"), ("GET", "/metrics"), ("GET", "/files/\(id)"),
            ] { try await talk.call(method, target, bearer: link.token) }
            try await talk.call("GET", "/v1/upload-config", bearer: link.token, show: { _ in "‹the settings›" })

            talk.about("A companion of a guest is a file that came in through the same link")
            let owners = try await talk.putBlob("film".bytes, query: "name=film.mov&capsule=\(capsule)")
            try await talk.call(
                "POST", "/v1/blobs?name=a.png&type=image/png&derive=photo&companions=video:\(owners)",
                bearer: link.token, bytes: "a".bytes)

            talk.about("What the link does not take")
            try await talk.call(
                "POST", "/v1/uploads", bearer: link.token, json: #"{"name":"a","type":"video/mp4","length":1}"#)
            try await talk.call(
                "POST", "/v1/uploads", bearer: link.token, json: #"{"name":"b","type":"image/png","length":51}"#)
            try await talk.call("POST", "/v1/uploads", bearer: link.token, json: #"{"name":"c","type":"image/png"}"#)
            let last = try await talk.call(
                "POST", "/v1/uploads", bearer: link.token, json: #"{"name":"d","type":"image/png","length":1}"#)
            try await talk.call(
                "POST", "/v1/uploads", bearer: link.token, json: #"{"name":"e","type":"image/png","length":1}"#)
            let lastId = last.json?["id"]?.text ?? ""
            try await talk.call("DELETE", "/v1/uploads/\(lastId)", bearer: link.token)
            try await talk.call("GET", "/v1/link", bearer: link.token)
            try await talk.call("GET", path)

            talk.about("After its expiry nothing begins")
            talk.clock.advance(milliseconds: 3_600_000)
            try await talk.call(
                "POST", "/v1/uploads", bearer: link.token, json: #"{"name":"f","type":"image/png","length":1}"#)

            talk.about("Only the owner may create, see and remove links")
            let body = #"{"expires_at":"\#(talk.clock.now().advanced(byMilliseconds: 100_000).rfc3339)"}"#
            try await talk.call("PUT", "/v1/capsules/\(capsule)/members/ben", json: #"{"role":"writer"}"#)
            for caller in ["ben", "carla"] {
                try await talk.call("POST", path, by: caller, json: body)
                try await talk.call("GET", path, by: caller)
                try await talk.call("DELETE", "\(path)/\(link.id)", by: caller)
            }
            try await talk.call("GET", "/v1/link")
            try await talk.call("POST", path, json: #"{"title":"forever"}"#)
            try await talk.call("POST", path, json: #"{"expires_at":"\#(later)","types":["image"]}"#)
            try await talk.call("POST", path, json: #"{"expires_at":"\#(later)","types":[]}"#)
            try await talk.call("POST", path, json: #"{"expires_at":"\#(later)"}"#)
            try await talk.call("POST", path, json: body)
            try await talk.call("POST", path, json: body)
            try await talk.call("PUT", "/v1/capsules/\(capsule)/members/link%3A\(link.id)", json: #"{"role":"writer"}"#)

            talk.about("A removed link is nobody's")
            try await talk.call("DELETE", "\(path)/\(link.id)")
            try await talk.call("DELETE", "\(path)/\(link.id)")
            try await talk.call("GET", "/v1/link", bearer: link.token)
            try await talk.call("GET", "/v1/link", bearer: "link_0")
        })
}
