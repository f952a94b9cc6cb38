package import Hummingbird
package import Logging

/// What travels with a request through the router.
package struct UploadContext: RequestContext {
    package struct Source: RequestContextSource {
        package let logger: Logger
        package let exchange: any Exchange

        package init(logger: Logger, exchange: any Exchange) {
            self.logger = logger
            self.exchange = exchange
        }
    }

    package var coreContext: CoreRequestContextStorage
    package let exchange: any Exchange

    package init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        exchange = source.exchange
    }
}
