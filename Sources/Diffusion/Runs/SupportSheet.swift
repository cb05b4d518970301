internal import Datasets
internal import Foundation
internal import SegModels

/// The picture of a run's first supports beside what was generated of them.
enum SupportSheet {
    /// Its file in the run folder.
    static let name = "auxiliary.png"
    /// Supports that are shown.
    static let count = 12

    static func write(
        _ supports: [ShownSupport], _ auxiliary: any SupportExtension, _ backbone: LoadedBackbone, to file: URL
    ) throws {
        guard let sheet = try auxiliary.sheet(of: supports, backbone: backbone.backbone) else { return }
        try ImageFile.save(sheet, to: file)
    }
}
