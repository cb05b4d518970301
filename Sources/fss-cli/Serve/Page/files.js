// Files that were dropped or chosen: folders are entered, and photos in them come in the order of their names.

/** Whether a file is one that the server reads. */
export const isPhoto = (file) => /^image\/(jpeg|png)$/.test(file.type) || /\.(jpe?g|png)$/i.test(file.name);

const byName = (one, other) => one.name.localeCompare(other.name, "en", { numeric: true });

/** What is in a folder; browsers give it in pieces. */
async function entriesOf(folder) {
  const reader = folder.createReader(), entries = [];
  for (;;) {
    const piece = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (piece.length === 0) return entries.sort(byName);
    entries.push(...piece);
  }
}

/** The files of an entry. Of a folder the photos alone are meant; what is hidden is left out. */
async function filesOf(entry, isInFolder) {
  if (entry.isDirectory) {
    const all = [];
    for (const inner of await entriesOf(entry)) if (!inner.name.startsWith(".")) all.push(...(await filesOf(inner, true)));
    return all;
  }
  const file = await new Promise((done, fail) => entry.file(done, fail));
  return isInFolder && !isPhoto(file) ? [] : [file];
}

/** All files of a drop, with those in dropped folders. */
export async function droppedFiles(transfer) {
  const files = [...transfer.files];
  // The items are gone after the first wait.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return files;
  const all = [];
  for (const entry of entries) all.push(...(await filesOf(entry, false)));
  return all;
}
