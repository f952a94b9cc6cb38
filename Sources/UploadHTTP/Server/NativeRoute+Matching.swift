import HTTPTypes
import NativeWire

extension NativeRoute {
    /// The methods that a path has; none if there is no such path.
    static func methods(at path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/")
        return all.filter { route in
            let template = route.template.split(separator: "/")
            return template.count == segments.count
                && zip(template, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }.map(\.method)
    }
}
