// Modules that use the engine need its values. Modules that need the values alone import only `UploadModel`.
@_exported public import UploadModel
