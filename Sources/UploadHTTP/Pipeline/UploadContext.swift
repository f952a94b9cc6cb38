package import Hummingbird
package import Logging

/// The context of a request in the server's own router.
package struct UploadContext: RequestContext {
    package struct Source: RequestContextSource {
        package let logger: Logger
        package let requestChannel: any RequestChannel

        package init(logger: Logger, requestChannel: any RequestChannel) {
            self.logger = logger
            self.requestChannel = requestChannel
        }
    }

    package var coreContext: CoreRequestContextStorage
    package let requestChannel: any RequestChannel

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        requestChannel = source.requestChannel
    }
}
