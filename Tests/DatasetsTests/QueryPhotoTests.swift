import Foundation
import Testing

@testable import Datasets

@Suite struct QueryPhotoTests {
    private func touch(_ names: String..., in folder: URL) throws {
        for name in names {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data([1]).write(to: file)
        }
    }

    @Test func foldersInFoldersAreEnteredOnDemand() throws {
        try withTemporaryFolder { folder in
            try touch("b/one.jpg", "a/two.jpg", "a/deep/er/one.PNG", "top.jpg", ".hidden/x.jpg", "a/note.txt", in: folder)
            // A link back to the top would never end.
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "a/loop"), withDestinationURL: folder)
            let plain = try QueryPhoto.search([folder.path])
            #expect(plain.photos.map(\.name) == ["top"])
            #expect(plain.remarks.contains { $0.contains("did not look into 2 folders") })
            let all = try QueryPhoto.search([folder.path], entersFolders: true)
            #expect(all.photos.map(\.name) == ["top", "two", "one", "one-2"])
            #expect(all.remarks.isEmpty)
            #expect(throws: RunError.self) {
                try QueryPhoto.search([folder.appending(path: ".hidden/none").path], entersFolders: true)
            }
        }
    }

    @Test func aFolderWithoutPhotosIsAnError() throws {
        try withTemporaryFolder { folder in
            try touch("a/note.txt", in: folder)
            let error = #expect(throws: RunError.self) { try QueryPhoto.search([folder.path], entersFolders: true) }
            #expect(error?.description.contains("those in it") == true)
        }
    }
}
