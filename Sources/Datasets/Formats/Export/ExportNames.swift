/// The names that an export met so far: stems, each of one photo alone, and classes in the order of their numbers.
struct ExportNames {
    /// The classes, first seen first.
    private(set) var classes: [String] = []
    private var numbers: [String: Int] = [:]
    private var stems: Set<String> = []

    /// How many photos there were.
    var photos: Int { stems.count }

    /// The place of a class among ``classes``; 0 for one that was not met.
    func place(of name: String) -> Int { numbers[name] ?? 0 }

    /// Takes the names of a photo.
    ///
    /// - Throws: ``DatasetError`` where two photos would write the same files, or a name leads out of the folder.
    mutating func add(_ photo: ExportedPhoto) throws(DatasetError) {
        let isPlain = !photo.stem.isEmpty && !photo.stem.contains("/") && photo.stem != ".." && photo.stem != "."
        guard isPlain, stems.insert(photo.stem).inserted else {
            throw DatasetError(
                file: photo.file, found: "the stem \"\(photo.stem)\"" + (isPlain ? " a second time" : ""),
                expected: "a name of its own for every photo, without folders", advice: "rename one of the photos")
        }
        for name in photo.classes + photo.objects.map(\.className) where numbers[name] == nil {
            numbers[name] = classes.count
            classes.append(name)
        }
    }
}
