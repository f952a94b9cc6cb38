// Who uses the engine needs its values; who only speaks to it (protocols, clients) imports `UploadModel` alone.
@_exported public import UploadModel
