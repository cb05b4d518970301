internal import Foundation
internal import Synchronization

/// What a dataset is made from: a registered name, and whatever its factory reads.
public struct DatasetRequest: Sendable, Hashable, Codable {
    /// The name under which the dataset is registered.
    public var name: String
    /// Its folder, nil for a dataset that has none.
    public var path: String?
    /// The folder of its lists, nil for the dataset's own.
    public var lists: String?
    /// The name of the folder of label maps, nil for the dataset's own.
    public var labelFolder: String?
    /// Images a class, nil for the dataset's default; for datasets that are drawn.
    public var imagesPerClass: Int?
    /// The number of folds, nil for the dataset's own.
    public var foldCount: Int?
    /// Whatever else a dataset of one's own wants to know.
    public var options: [String: String]

    /// Asks for a dataset.
    public init(
        name: String, path: String? = nil, lists: String? = nil, labelFolder: String? = nil, imagesPerClass: Int? = nil,
        foldCount: Int? = nil, options: [String: String] = [:]
    ) {
        self.name = name
        self.path = path
        self.lists = lists
        self.labelFolder = labelFolder
        self.imagesPerClass = imagesPerClass
        self.foldCount = foldCount
        self.options = options
    }

    /// Reads how a command line names a dataset: a registered name, `name=folder`, or the folder of a VOC dataset.
    ///
    /// Paths become absolute.
    public init(argument: String) {
        func absolute(_ path: some StringProtocol) -> String { URL(fileURLWithPath: String(path)).standardizedFileURL.path }
        let names = DatasetRegistry.names
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if names.contains(argument) {
            self.init(name: argument)
        } else if parts.count == 2, names.contains(String(parts[0])) {
            self.init(name: String(parts[0]), path: absolute(parts[1]))
        } else {
            self.init(name: DatasetRegistry.voc, path: absolute(argument))
        }
    }

    /// The request where it has no options.
    ///
    /// - Throws: ``DatasetError`` where it has some, for datasets that read none.
    func optionless() throws(DatasetError) -> DatasetRequest {
        guard let option = options.keys.min() else { return self }
        throw DatasetError(
            file: "dataset \(name)", found: "the option \"\(option)\"", expected: "no option", advice: "leave it out")
    }
}

/// Datasets by name, so that commands and configurations find them.
///
/// A dataset of one's own is one call, made before anything asks for it:
///
/// ```swift
/// DatasetRegistry.register("cells") { request in try Cells(folder: request.path ?? "cells") }
/// ```
public enum DatasetRegistry {
    /// Makes a dataset.
    public typealias Factory = @Sendable (DatasetRequest) throws -> any FoldedDataset

    /// The name of Shapes-5i.
    public static let shapes5i = "shapes5i"
    /// The name of folders in VOC layout.
    public static let voc = "voc"
    /// The name of COCO-20i.
    public static let coco = "coco"
    /// The name of MiniCOCO-20i.
    public static let miniCOCO = "minicoco"
    /// The name of COCO to PASCAL.
    public static let cocoToPascal = "coco-pascal"

    /// The name of PASCAL-5i.
    public static let pascal5i = "pascal5i"
    /// The name of PASCAL-10i.
    public static let pascal10i = "pascal10i"
    /// The name of FSS-1000.
    public static let fss1000 = "fss1000"

    private static let factories = Mutex<[String: Factory]>([
        shapes5i: { request in FoldedShapes5i(Shapes5i(imagesPerClass: try FoldedShapes5i.imagesPerClass(request.optionless())))
        },
        voc: { request in try FoldedVOC(request.optionless()) },
        coco: { request in try COCO20i(request) },
        miniCOCO: { request in try MiniCOCO20i.dataset(request) },
        cocoToPascal: { request in try COCOToPascal(request) },
        pascal5i: { request in try PascalFolds.dataset(request, foldCount: 4) },
        pascal10i: { request in try PascalFolds.dataset(request, foldCount: 2) },
        fss1000: { request in try FSS1000(request) },
    ])

    /// Registers a dataset, in place of one that has the name.
    ///
    /// - Parameters:
    ///   - name: what users write; letters, digits, hyphens.
    ///   - factory: makes the dataset from a request; throws ``DatasetError`` for a request that it cannot serve.
    public static func register(_ name: String, _ factory: @escaping Factory) {
        factories.withLock { $0[name] = factory }
    }

    /// The registered names in alphabetical order.
    public static var names: [String] { factories.withLock { $0.keys.sorted() } }

    /// Makes the dataset that a request names.
    ///
    /// - Throws: ``DatasetError`` for an unknown name, and whatever the factory throws.
    public static func dataset(_ request: DatasetRequest) throws -> any FoldedDataset {
        guard let factory = factories.withLock({ $0[request.name] }) else {
            throw DatasetError(
                file: request.name, found: "a name that no dataset is registered under",
                expected: "one of \(names.joined(separator: ", "))",
                advice: "check the name, or register the dataset before it is used")
        }
        return try factory(request)
    }
}
