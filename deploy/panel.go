package main

// The parts of a dashboard's JSON that are used here, as Grafana 10 and later read them.
// See https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/.
type (
	board struct {
		ID            *int      `json:"id"` // Grafana's own; null for a new one
		UID           string    `json:"uid"`
		Title         string    `json:"title"`
		Description   string    `json:"description"`
		Tags          []string  `json:"tags"`
		Timezone      string    `json:"timezone"`
		Editable      bool      `json:"editable"`
		GraphTooltip  int       `json:"graphTooltip"`
		Time          timeRange `json:"time"`
		Refresh       string    `json:"refresh"`
		SchemaVersion int       `json:"schemaVersion"`
		Version       int       `json:"version"`
		Links         []link    `json:"links"`
		Templating    struct {
			List []variable `json:"list"`
		} `json:"templating"`
		Annotations struct {
			List []annotation `json:"list"`
		} `json:"annotations"`
		Panels []panel `json:"panels"`
	}
	timeRange struct {
		From string `json:"from"`
		To   string `json:"to"`
	}
	link struct {
		Title       string   `json:"title"`
		Type        string   `json:"type"`
		Icon        string   `json:"icon"`
		Tooltip     string   `json:"tooltip"`
		URL         string   `json:"url"`
		Tags        []string `json:"tags"`
		AsDropdown  bool     `json:"asDropdown"`
		TargetBlank bool     `json:"targetBlank"`
		IncludeVars bool     `json:"includeVars"`
		KeepTime    bool     `json:"keepTime"`
	}
	variable struct {
		Name       string  `json:"name"`
		Label      string  `json:"label"`
		Type       string  `json:"type"`
		Query      string  `json:"query"`
		Datasource *source `json:"datasource,omitempty"`
		Refresh    int     `json:"refresh"`
		Sort       int     `json:"sort"`
		Multi      bool    `json:"multi"`
		IncludeAll bool    `json:"includeAll"`
		AllValue   string  `json:"allValue,omitempty"`
		Current    *choice `json:"current,omitempty"`
	}
	choice struct {
		Text  string `json:"text"`
		Value string `json:"value"`
	}
	annotation struct {
		Name        string `json:"name"`
		Datasource  source `json:"datasource"`
		Enable      bool   `json:"enable"`
		Hide        bool   `json:"hide"`
		IconColor   string `json:"iconColor"`
		Expr        string `json:"expr"`
		TitleFormat string `json:"titleFormat"`
	}
	source struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	panel struct {
		ID          int          `json:"id"`
		Type        string       `json:"type"`
		Title       string       `json:"title"`
		Description string       `json:"description,omitempty"`
		Datasource  *source      `json:"datasource,omitempty"`
		GridPos     place        `json:"gridPos"`
		Collapsed   *bool        `json:"collapsed,omitempty"`
		Panels      *[]panel     `json:"panels,omitempty"` // of a row that is folded
		Targets     []target     `json:"targets,omitempty"`
		FieldConfig *fieldConfig `json:"fieldConfig,omitempty"`
		Options     any          `json:"options,omitempty"`
	}
	place struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	target struct {
		RefID        string `json:"refId"`
		Datasource   source `json:"datasource"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
		Instant      bool   `json:"instant"`
		Range        bool   `json:"range"`
	}
	fieldConfig struct {
		Defaults  defaults `json:"defaults"`
		Overrides []any    `json:"overrides"`
	}
	defaults struct {
		Unit       string         `json:"unit,omitempty"`
		Decimals   *int           `json:"decimals,omitempty"`
		Min        *float64       `json:"min,omitempty"`
		Max        *float64       `json:"max,omitempty"`
		NoValue    string         `json:"noValue,omitempty"`
		Thresholds *thresholds    `json:"thresholds,omitempty"`
		Mappings   []any          `json:"mappings"`
		Color      map[string]any `json:"color,omitempty"`
		Custom     map[string]any `json:"custom,omitempty"`
	}
	thresholds struct {
		Mode  string `json:"mode"`
		Steps []step `json:"steps"`
	}
	step struct {
		Color string   `json:"color"`
		Value *float64 `json:"value"`
	}
)

// chosen is the data source that the reader chooses at the top of the dashboard.
var chosen = source{Type: "prometheus", UID: "${datasource}"}

// query is a line of a panel: what is asked, and how its series are called.
type query struct{ expr, legend string }

// graph is a panel with lines over time.
func graph(title, about, unit string, queries ...query) panel {
	return panel{
		Type: "timeseries", Title: title, Description: about, Targets: targets(queries, false),
		FieldConfig: &fieldConfig{Overrides: []any{}, Defaults: defaults{
			Unit: unit, Mappings: []any{}, Min: new(0.0), Color: map[string]any{"mode": "palette-classic"},
			Custom: map[string]any{"drawStyle": "line", "lineWidth": 1, "fillOpacity": 10, "showPoints": "never", "spanNulls": false},
		}},
		Options: map[string]any{
			"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true, "calcs": []string{}},
			"tooltip": map[string]any{"mode": "multi", "sort": "desc"},
		},
	}
}

// stacked is a graph whose lines add up.
func stacked(title, about, unit string, queries ...query) panel {
	p := graph(title, about, unit, queries...)
	p.FieldConfig.Defaults.Custom["stacking"] = map[string]any{"mode": "normal", "group": "A"}
	p.FieldConfig.Defaults.Custom["fillOpacity"] = 40
	return p
}

// number is a panel with the latest value, yellow and red from these on. nothing is shown
// where there is none.
func number(title, about, unit, nothing string, yellow, red float64, queries ...query) panel {
	steps := []step{{Color: "green"}, {Color: "yellow", Value: &yellow}, {Color: "red", Value: &red}}
	if yellow > red { // less is worse
		steps = []step{{Color: "red"}, {Color: "yellow", Value: &red}, {Color: "green", Value: &yellow}}
	}
	return panel{
		Type: "stat", Title: title, Description: about, Targets: targets(queries, true),
		FieldConfig: &fieldConfig{Overrides: []any{}, Defaults: defaults{
			Unit: unit, NoValue: nothing, Mappings: []any{}, Thresholds: &thresholds{Mode: "absolute", Steps: steps},
			Color: map[string]any{"mode": "thresholds"},
		}},
		Options: map[string]any{
			"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false},
			"colorMode":     "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto", "textMode": "auto", "wideLayout": true,
		},
	}
}

// states is a panel with a bar for each series, coloured by its value.
func states(title, about string, names []string, queries ...query) panel {
	colors := []string{"green", "yellow", "red"}
	mapped := map[string]any{}
	for i, name := range names {
		mapped[string(rune('0'+i))] = map[string]any{"text": name, "color": colors[i], "index": i}
	}
	return panel{
		Type: "state-timeline", Title: title, Description: about, Targets: targets(queries, false),
		FieldConfig: &fieldConfig{Overrides: []any{}, Defaults: defaults{
			Mappings: []any{map[string]any{"type": "value", "options": mapped}},
			Color:    map[string]any{"mode": "thresholds"},
			Thresholds: &thresholds{Mode: "absolute", Steps: []step{
				{Color: colors[0]}, {Color: colors[1], Value: new(1.0)}, {Color: colors[2], Value: new(2.0)}}},
			Custom: map[string]any{"fillOpacity": 70, "lineWidth": 0},
		}},
		Options: map[string]any{
			"mergeValues": true, "showValue": "auto", "alignValue": "left", "rowHeight": 0.9,
			"legend":  map[string]any{"displayMode": "list", "placement": "bottom", "showLegend": true},
			"tooltip": map[string]any{"mode": "single", "sort": "none"},
		},
	}
}

func targets(queries []query, instant bool) []target {
	var all []target
	for i, q := range queries {
		all = append(all, target{RefID: string(rune('A' + i)), Datasource: chosen, Expr: q.expr, LegendFormat: q.legend, Instant: instant, Range: !instant})
	}
	return all
}
