// Finding a label by what somebody types: its name, a synonym, the start of any word, and one slip of the finger.

function plainText(text) {
  return text
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();
}

// The labels that match, best first, each with the synonym that matched where it was not the name.
function searchLabels(labels, query) {
  const wanted = plainText(query);
  if (!wanted) return labels.map((label) => ({ label, synonym: null }));
  const hits = labels.map((label, order) => ({ label, order, ...bestTerm(label, wanted) }));
  return hits.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.order - b.order);
}

function bestTerm(label, wanted) {
  let best = { score: termScore(plainText(label.name), wanted), synonym: null };
  for (const synonym of label.synonyms) {
    const score = termScore(plainText(synonym), wanted) * 0.95;
    if (score > best.score) best = { score, synonym };
  }
  return best;
}

function termScore(term, wanted) {
  if (term === wanted) return 100;
  if (term.startsWith(wanted)) return 80;
  const words = term.split(" ");
  const parts = wanted.split(" ");
  if (parts.every((part) => words.some((word) => word.startsWith(part)))) return 60;
  if (wanted.length >= 3 && term.includes(wanted)) return 40;
  if (parts.every((part) => words.some((word) => nearlyStarts(word, part)))) return 20;
  return 0;
}

// Whether the word begins like the part but for one slip, or two in a long part.
function nearlyStarts(word, part) {
  const slips = part.length >= 8 ? 2 : part.length >= 4 ? 1 : 0;
  const lengths = [0, 1, -1].map((more) => word.slice(0, part.length + more));
  return lengths.some((start) => start && editDistance(start, part) <= slips);
}

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
function editDistance(a, b) {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array(b.length).fill(0)]);
  for (let j = 0; j <= b.length; j += 1) rows[0][j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.length][b.length];
}
