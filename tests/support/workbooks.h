// Makes small spreadsheet files for tests, from the XML of their sheets.
#ifndef TIDEGATE_TESTS_SUPPORT_WORKBOOKS_H_
#define TIDEGATE_TESTS_SUPPORT_WORKBOOKS_H_

#include <zip.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::intake {

inline void Sure(bool made) {
  if (!made) std::abort();  // the test itself is wrong
}

struct ZipEntry {
  std::string name;
  std::string bytes;
};

// A ZIP archive of these parts; with a password, they are encrypted.
inline std::string Zip(const std::vector<ZipEntry>& parts, const char* password = nullptr) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* into = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(into);
  zip_t* archive = zip_open_from_source(into, ZIP_CREATE | ZIP_TRUNCATE, &error);
  Sure(archive != nullptr);
  for (const ZipEntry& part : parts) {
    zip_source_t* from = zip_source_buffer(archive, part.bytes.data(), part.bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, part.name.c_str(), from, ZIP_FL_ENC_UTF_8);
    Sure(index >= 0);
    if (password == nullptr) continue;
    Sure(zip_file_set_encryption(archive, static_cast<zip_uint64_t>(index), ZIP_EM_AES_256, password) == 0);
  }
  Sure(zip_close(archive) == 0);
  zip_stat_t facts;
  Sure(zip_source_stat(into, &facts) == 0);
  std::string bytes(facts.size, '\0');
  Sure(zip_source_open(into) == 0);
  Sure(zip_source_read(into, bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()));
  zip_source_close(into);
  zip_source_free(into);
  return bytes;
}

struct XlsxSheet {
  std::string name;
  std::string rows;         // `<row>` elements
  std::string behind = {};  // what follows sheetData
  bool hidden = false;
};

struct XlsxParts {
  std::vector<XlsxSheet> sheets;
  std::vector<std::string> texts = {};    // shared ones, as XML
  std::vector<std::string> formats = {};  // number formats: style 1, 2, ...; style 0 is General
  bool from_1904 = false;
};

inline std::vector<ZipEntry> XlsxEntries(const XlsxParts& parts) {
  constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  const std::string main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
  const std::string types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const auto relations = [&](const std::string& inside) {
    return std::string(kHead) +
           "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" + inside +
           "</Relationships>";
  };
  const auto relation = [&](const std::string& id, const std::string& type, const std::string& target) {
    return "<Relationship Id=\"" + id + "\" Type=\"" + types + "/" + type + "\" Target=\"" + target + "\"/>";
  };
  std::string sheets, links;
  std::vector<ZipEntry> entries;
  for (std::size_t i = 0; i < parts.sheets.size(); ++i) {
    const XlsxSheet& sheet = parts.sheets[i];
    const std::string n = std::to_string(i + 1);
    sheets += "<sheet name=\"" + sheet.name + "\" sheetId=\"" + n + "\"" + (sheet.hidden ? " state=\"hidden\"" : "") +
              " r:id=\"rId" + n + "\"/>";
    links += relation("rId" + n, "worksheet", "worksheets/sheet" + n + ".xml");
    entries.push_back({"xl/worksheets/sheet" + n + ".xml", std::string(kHead) + "<worksheet " + main + "><sheetData>" +
                                                               sheet.rows + "</sheetData>" + sheet.behind +
                                                               "</worksheet>"});
  }
  std::string texts;
  for (const std::string& text : parts.texts) texts += "<si>" + text + "</si>";
  std::string codes, styles = "<xf numFmtId=\"0\"/>";
  for (std::size_t i = 0; i < parts.formats.size(); ++i) {
    const std::string id = std::to_string(164 + i);
    codes += "<numFmt numFmtId=\"" + id + "\" formatCode=\"" + parts.formats[i] + "\"/>";
    styles += "<xf numFmtId=\"" + id + "\" applyNumberFormat=\"1\"/>";
  }
  entries.push_back({"_rels/.rels", relations(relation("rId1", "officeDocument", "xl/workbook.xml"))});
  entries.push_back({"xl/workbook.xml", std::string(kHead) + "<workbook " + main + " xmlns:r=\"" + types +
                                            "\"><workbookPr" + (parts.from_1904 ? " date1904=\"1\"" : "") +
                                            "/><sheets>" + sheets + "</sheets></workbook>"});
  entries.push_back(
      {"xl/_rels/workbook.xml.rels", relations(links + relation("rId90", "styles", "styles.xml") +
                                               relation("rId91", "sharedStrings", "/xl/sharedStrings.xml"))});
  entries.push_back({"xl/sharedStrings.xml", std::string(kHead) + "<sst " + main + ">" + texts + "</sst>"});
  entries.push_back({"xl/styles.xml", std::string(kHead) + "<styleSheet " + main + "><numFmts>" + codes +
                                          "</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs>" +
                                          styles + "</cellXfs></styleSheet>"});
  return entries;
}

inline std::string Xlsx(const XlsxParts& parts) { return Zip(XlsxEntries(parts)); }
// A file of one sheet.
inline std::string XlsxOf(const std::string& rows) { return Xlsx({{{"Sheet1", rows}}}); }

// A row of texts in the cells themselves, at its place.
inline std::string TextRow(int number, const std::vector<std::string>& cells) {
  std::string row = "<row r=\"" + std::to_string(number) + "\">";
  for (const std::string& cell : cells) row += "<c t=\"inlineStr\"><is><t>" + cell + "</t></is></c>";
  return row + "</row>";
}

// An ODS file whose sheets are `<table:table>` elements.
inline std::vector<ZipEntry> OdsEntries(const std::string& tables) {
  const std::string base = "urn:oasis:names:tc:opendocument:xmlns:";
  return {{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
          {"content.xml",
           "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content xmlns:office=\"" + base +
               "office:1.0\" xmlns:table=\"" + base + "table:1.0\" xmlns:text=\"" + base +
               "text:1.0\" xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\">"
               "<office:body><office:spreadsheet>" +
               tables + "</office:spreadsheet></office:body></office:document-content>"}};
}
inline std::string Ods(const std::string& tables) { return Zip(OdsEntries(tables)); }

}  // namespace tidegate::intake

#endif  // TIDEGATE_TESTS_SUPPORT_WORKBOOKS_H_
